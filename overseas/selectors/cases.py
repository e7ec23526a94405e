"""Cases as their parties see them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import organization_of
from accounts.selectors import invitation_by_token
from core.audit import history_of
from core.calendar import today
from overseas.enums import CallStatus, DemonstrationAction, DemonstrationStatus, OverseasAction
from overseas.models import Demonstration, OverseasApplication, OverseasCall
from products.models import Product
from products.selectors import designated_on

GUEST_ORDER = (
    DemonstrationStatus.AGREEING,
    DemonstrationStatus.AGREED,
    DemonstrationStatus.CONTRACTED,
    DemonstrationStatus.IN_USE,
    DemonstrationStatus.REPORTED,
)


def open_calls() -> QuerySet[OverseasCall]:
    """Calls that take applications now, the next to close first."""
    now = timezone.now()
    return (
        OverseasCall.objects.filter(status=CallStatus.OPEN, opens_at__lte=now, closes_at__gt=now)
        .select_related("partner", "track", "round")
        .order_by("closes_at", "pk")
    )


def applications_for(*, actor: User, text: str = "", status: str = "") -> QuerySet[OverseasApplication]:
    """The applications the actor may see, with what a list shows; the caller orders and cuts."""
    rows = OverseasApplication.objects.visible_to(actor).select_related(
        "call", "product", "supplier", "country", "demonstration"
    )
    for word in text.split():
        rows = rows.filter(
            Q(number__icontains=word) | Q(institution_name__icontains=word) | Q(product__name__icontains=word)
        )
    return rows.filter(status=status) if status else rows


def application_of(*, actor: User, application_id: int) -> OverseasApplication | None:
    """One application the actor may see, with its demonstration."""
    return (
        OverseasApplication.objects.visible_to(actor)
        .select_related(
            "call__track",
            "call__partner",
            "product",
            "supplier",
            "country",
            "officer",
            "demonstration__institution",
            "demonstration__contract",
            "demonstration__result",
        )
        .filter(pk=application_id)
        .first()
    )


def products_to_demonstrate(*, actor: User) -> QuerySet[Product]:
    """The actor's own products with a designation in force; earlier pilot purchases do not exclude exports."""
    organization = organization_of(actor)
    rows = designated_on(day=today())
    return rows.filter(supplier=organization) if organization else rows.none()


def demonstration_by_token(*, token: str) -> Demonstration | None:
    """The demonstration behind a guest's link; None for unknown, revoked and expired links."""
    invitation = invitation_by_token(token=token)
    if invitation is None or invitation.is_overdue or invitation.status not in {"sent", "accepted"}:
        return None
    return (
        Demonstration.objects.filter(invitation=invitation)
        .select_related(
            "application__product",
            "application__supplier",
            "application__country",
            "institution",
            "contract",
            "result",
        )
        .first()
    )


def guest_steps(*, demonstration: Demonstration) -> list[dict[str, Any]]:
    """The steps of the page behind the link, for the step indicator."""
    labels = [_("Agree"), _("Contract"), _("Delivery"), _("Use and report"), _("Thank you")]
    state = demonstration.status
    done = {DemonstrationStatus.EVALUATING, DemonstrationStatus.EVALUATED}
    index = GUEST_ORDER.index(state) if state in GUEST_ORDER else len(GUEST_ORDER) - 1 if state in done else -1
    return [
        {"label": label, "state": "done" if number < index else "current" if number == index else "todo"}
        for number, label in enumerate(labels)
    ]


def timeline(*, application: OverseasApplication) -> list[dict[str, Any]]:
    """What happened to an application and its demonstration, oldest first."""
    entries = list(history_of(target=application))
    demonstration = getattr(application, "demonstration", None)
    if demonstration is not None:
        entries += list(history_of(target=demonstration))
    labels: dict[str, Any] = {**dict(OverseasAction.choices), **dict(DemonstrationAction.choices)}
    shown = [entry for entry in entries if entry.verb in labels]
    return [
        {"at": entry.happened_at, "title": labels[entry.verb], "body": "" if entry.verb == "propose" else entry.reason}
        for entry in sorted(shown, key=lambda entry: entry.pk)
    ]
