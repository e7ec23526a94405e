from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import OrganizationKind, PpsRole
from accounts.models import Organization, User
from accounts.perms import organization_of
from accounts.selectors import members_of, pps_staff
from accounts.services import create_invitation, ensure_organization
from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.errors import NotPermitted
from core.money import format_krw
from core.notifications import notify_all
from core.numbering import next_number
from core.receipts import issue_receipt
from core.workflow import SYSTEM
from overseas import perms
from overseas.enums import CallStatus, Fact, OverseasAction, OverseasStatus
from overseas.errors import ApplicationIncomplete, CallNotOpen, SamePerson
from overseas.models import Demonstration, OverseasApplication, OverseasCall
from overseas.workflow import OVERSEAS_WORKFLOW
from products.selectors import designated_on

INVITATION_KIND = "overseas.guest"
GUEST_LINK_DAYS = 730


@dataclass(frozen=True, slots=True)
class NewApplication:
    """What a company states; every text as typed."""

    product_id: int
    country_id: str
    institution_name: str
    contact_name: str
    contact_email: str
    site: str
    problem: str
    use_plan: str
    units: int
    unit_price_krw: int
    months: int
    institution_name_local: str = ""
    local_permits: str = ""
    expected_follow_up: str = ""
    oda_project: str = ""


def locked_application(*, application_id: int) -> OverseasApplication:
    """The application under its row lock, with what decisions and notices need."""
    return (
        OverseasApplication.objects.select_for_update(of=("self",))
        .select_related("call", "product", "supplier", "country")
        .get(pk=application_id)
    )


def _check_product(actor: User, product_id: int) -> None:
    organization = organization_of(actor)
    if organization is None or not designated_on(day=today()).filter(pk=product_id, supplier=organization).exists():
        raise ApplicationIncomplete(
            _("Only your own products with a designation in force can be demonstrated abroad.")
        )


@transaction.atomic
def draft_application(*, actor: User, call_id: int, content: NewApplication) -> OverseasApplication:
    """Start an application; nobody else sees it yet.

    Raises:
        NotPermitted: the actor works for no confirmed supplier.
        CallNotOpen: the call takes no applications.
        ApplicationIncomplete: the product is not the company's own or not designated.
    """
    organization = organization_of(actor)
    if organization is None or not perms.may_apply(actor):
        raise NotPermitted
    call = OverseasCall.objects.get(pk=call_id)
    if call.status != CallStatus.OPEN:
        raise CallNotOpen(_("This call takes no applications now."))
    _check_product(actor, content.product_id)
    application = OverseasApplication.objects.create(
        call=call, supplier=organization, officer=actor, **asdict(content)
    )
    record(actor=actor, verb="draft", target=application, after=application.status)
    return application


@transaction.atomic
def edit_application(*, actor: User, application_id: int, content: NewApplication) -> OverseasApplication:
    """Change a draft.

    Raises:
        NotPermitted: it belongs to another company or has been submitted.
    """
    application = locked_application(application_id=application_id)
    if not perms.may_apply(actor, application) or application.status != OverseasStatus.DRAFT:
        raise NotPermitted
    _check_product(actor, content.product_id)
    values = asdict(content)
    for name, value in values.items():
        setattr(application, name, value)
    application.save(update_fields=list(values))
    return application


@transaction.atomic
def submit_application(*, actor: User, application_id: int) -> OverseasApplication:
    """Hand the application in, with a receipt. The database's clock decides whether the call is still open.

    Raises:
        CallNotOpen: too late or too early; the draft stays.
        ApplicationIncomplete: above the ceiling, or the designation has ended.
    """
    application = locked_application(application_id=application_id)
    call = OverseasCall.objects.select_for_update(of=("self",)).get(pk=application.call_id)
    now = database_now()
    if call.status != CallStatus.OPEN or not call.opens_at <= now < call.closes_at:
        raise CallNotOpen(_("The call is not open at this moment, so nothing was submitted. Your draft is kept."))
    _check_product(actor, application.product_id)
    if application.amount_krw > call.ceiling_krw:
        raise ApplicationIncomplete(
            _("The amount %(amount)s is above the ceiling of the call, %(ceiling)s. Ask for fewer units.")
            % {"amount": format_krw(application.amount_krw), "ceiling": format_krw(call.ceiling_krw)}
        )
    before = OVERSEAS_WORKFLOW.advance(application, OverseasAction.SUBMIT, actor)
    application.submitted_at = now
    application.number = f"OA-{call.number[3:]}-{next_number(f'overseas.application:{call.pk}'):03d}"
    application.save(update_fields=["status", "submitted_at", "number"])
    record(actor=actor, verb=OverseasAction.SUBMIT, target=application, before=before, after=application.status)
    issue_receipt(
        actor=actor,
        kind="overseas.application",
        target=application,
        title=_("Overseas application %(number)s") % {"number": application.number},
        lines=[
            (_("Call"), call.title),
            (_("Product"), application.product.name),
            (_("Country"), application.country),
            (_("Institution abroad"), application.institution_name),
            (_("Units"), application.units),
            (_("Amount"), format_krw(application.amount_krw)),
        ],
    )
    notify_all(
        recipients=pps_staff(role=PpsRole.REVIEWER),
        kind=Fact.APPLICATION_SUBMITTED,
        url=f"/admin/overseas/overseasapplication/{application.pk}/change/",
        number=application.number,
        product=application.product.name,
        institution=application.institution_name,
    )
    return application


def _move(
    actor: Any, application_id: int, action: OverseasAction, reason: str = "", **facts: Any
) -> OverseasApplication:
    application = locked_application(application_id=application_id)
    before = OVERSEAS_WORKFLOW.advance(application, action, actor)
    for name, value in facts.items():
        setattr(application, name, value)
    application.save(update_fields=["status", *facts])
    record(actor=actor, verb=action, target=application, before=before, after=application.status, reason=reason)
    return application


def _tell_company(application: OverseasApplication) -> None:
    notify_all(
        recipients=members_of(organization_id=application.supplier_id),
        kind=Fact.APPLICATION_DECIDED,
        url=reverse("overseas:application", args=[application.pk]),
        number=application.number,
        product=application.product.name,
        status=application.status,
        reason=application.decision_reason,
    )


@transaction.atomic
def take_up_review(*, actor: User, application_id: int) -> OverseasApplication:
    """A reviewer starts on a submitted application."""
    return _move(actor, application_id, OverseasAction.REVIEW)


@transaction.atomic
def give_opinion(*, actor: User, application_id: int, opinion: str) -> OverseasApplication:
    """The partner agency says whether the demand abroad is real and suitable.

    Raises:
        NotPermitted: the actor's agency is not the partner of this call.
    """
    application = locked_application(application_id=application_id)
    if not perms.may_give_opinion(actor, application):
        raise NotPermitted
    application.partner_opinion = opinion
    application.save(update_fields=["partner_opinion"])
    record(actor=actor, verb="opinion", target=application, reason=opinion)
    return application


@transaction.atomic
def propose_application(*, actor: User, application_id: int, reason: str) -> OverseasApplication:
    """Propose an application for selection; a second person decides."""
    return _move(actor, application_id, OverseasAction.PROPOSE, reason, decision_reason=reason, proposed_by=actor)


@transaction.atomic
def return_application(*, actor: User, application_id: int, reason: str) -> OverseasApplication:
    """Send a proposal back to the reviewer."""
    return _move(actor, application_id, OverseasAction.RETURN, reason)


@transaction.atomic
def select_application(*, actor: User, application_id: int) -> OverseasApplication:
    """Decide a proposal: the institution abroad gets its link, and the demonstration begins with its agreement.

    Raises:
        SamePerson: whoever proposed does not also decide.
    """
    if locked_application(application_id=application_id).proposed_by_id == actor.pk:
        raise SamePerson(_("You proposed this application. Another person must decide."))
    application = _move(actor, application_id, OverseasAction.SELECT, decided_by=actor, decided_at=database_now())
    demonstration = Demonstration.objects.create(application=application, institution=_institution_abroad(application))
    demonstration.invitation = create_invitation(
        actor=actor,
        kind=INVITATION_KIND,
        email=application.contact_email,
        name=application.contact_name,
        language="en",
        target=demonstration,
        valid_days=GUEST_LINK_DAYS,
    )
    demonstration.save(update_fields=["invitation"])
    record(actor=actor, verb="begin", target=demonstration, after=demonstration.status)
    _tell_company(application)
    return application


def _institution_abroad(application: OverseasApplication) -> Organization:
    """The receiving organization, once per name; PPS has just selected it, so it needs no confirmation."""
    organization, _created = ensure_organization(
        actor=SYSTEM,
        kind=OrganizationKind.OVERSEAS_INSTITUTION,
        name=application.institution_name,
        name_en=application.institution_name,
        address=f"{application.site}, {application.country.name_en}",
        is_demo=application.supplier.is_demo,
    )
    return organization


@transaction.atomic
def reserve_application(*, actor: User, application_id: int, reason: str) -> OverseasApplication:
    """Keep an application for the case that a selected one falls away."""
    application = _move(actor, application_id, OverseasAction.RESERVE, reason, decision_reason=reason)
    _tell_company(application)
    return application


@transaction.atomic
def reject_application(*, actor: User, application_id: int, reason: str) -> OverseasApplication:
    """Turn an application down, with the reason the company reads."""
    application = _move(
        actor, application_id, OverseasAction.REJECT, reason, decision_reason=reason, decided_at=database_now()
    )
    _tell_company(application)
    return application


@transaction.atomic
def withdraw_application(*, actor: User, application_id: int) -> OverseasApplication:
    """The company takes its application back before the decision."""
    return _move(actor, application_id, OverseasAction.WITHDRAW)
