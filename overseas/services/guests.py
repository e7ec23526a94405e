"""Letters to an institution abroad: it has no account and so no inbox; its link comes by mail when it is its turn."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.services import token_of
from core.outbox import enqueue
from matching.enums import LineStatus
from matching.models import ContractLine
from overseas.enums import DemonstrationStatus
from overseas.models import Demonstration


@transaction.atomic
def call_guest(*, line_id: int) -> None:
    """The goods have arrived: the institution abroad gets its link again. Other deliveries are nothing to do."""
    found = Demonstration.objects.filter(contract__lines=line_id).first()
    if found is not None:
        enqueue("overseas.mail_guest", demonstration_id=found.pk)


def mail_guest(*, demonstration_id: int) -> None:
    """Ask the institution abroad to inspect; nothing to do once it has."""
    demonstration = Demonstration.objects.select_related("application__product", "invitation").get(pk=demonstration_id)
    arrived = ContractLine.objects.filter(contract__demonstration=demonstration, status=LineStatus.DELIVERED)
    invitation = demonstration.invitation
    if invitation is None or demonstration.status != DemonstrationStatus.CONTRACTED or not arrived.exists():
        return
    product = demonstration.application.product
    context = {
        "invitation": invitation,
        "product": product.name_en or product.name,
        "link": f"{settings.SITE_URL}/invitations/{token_of(invitation=invitation)}/",
    }
    with translation.override(invitation.language):
        subject = render_to_string("overseas/mail/delivery_guest_subject.txt", context)
        body = render_to_string("overseas/mail/delivery_guest_body.txt", context)
    EmailMessage(" ".join(subject.split()), body.strip(), settings.DEFAULT_FROM_EMAIL, [invitation.email]).send()
