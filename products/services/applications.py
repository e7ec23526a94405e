"""A designation application as the supplier moves it: draft, submission, supplement, withdrawal, appeal."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import calendar, drafts, uploads
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from core.models import Receipt
from core.numbering import next_number
from core.receipts import issue_receipt
from products import perms
from products.enums import (
    ApplicationAction,
    ApplicationStatus,
    Fact,
    FilePurpose,
    ProductStatus,
    ProductType,
    ProposalRoute,
)
from products.errors import ApplicationIncomplete, TooLate
from products.models import DesignationApplication, Product, Rubric
from products.services.case import appeal_deadline, locked_application, remember, tell_desk
from products.workflow import APPLICATION_WORKFLOW

A = ApplicationAction

REQUIRED_TO_SUBMIT: dict[str, Any] = {
    "field": gettext_lazy("field"),
    "technology_summary": gettext_lazy("core technology and its novelty"),
    "public_problem": gettext_lazy("public problem addressed"),
    "target_institutions": gettext_lazy("institutions that would use it"),
    "service_improvement": gettext_lazy("expected improvement of public service"),
    "safety_statement": gettext_lazy("safety and hygiene statement"),
    "regulation_status": gettext_lazy("regulation and way out"),
    "has_sworn": gettext_lazy("sworn statement"),
}


def draft_key(*, application_id: int | None) -> str:
    """The name under which the form of this application saves itself."""
    return f"products.application:{application_id or 'new'}"


@transaction.atomic
def save_application(
    *,
    actor: Any,
    fields: Mapping[str, Any],
    file_ids: Sequence[str] = (),
    application_id: int | None = None,
) -> DesignationApplication:
    """Create or change a draft application for one of the actor's registered products.

    Raises:
        NotPermitted: not the actor's product, or no longer a draft.
        ApplicationIncomplete: the product is not registered, or has an open application.
    """
    if application_id is None:
        product = _product_for(actor, fields["product"])
        application = DesignationApplication(product=product, product_type=product.product_type)
    else:
        application = locked_application(application_id=application_id)
        if not perms.may_apply(actor, application) or application.status != ApplicationStatus.DRAFT:
            raise NotPermitted
    for name, value in fields.items():
        if name != "product":
            setattr(application, name, value)
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError as error:
        raise ApplicationIncomplete(
            _("This product has an open application already. Continue that one instead.")
        ) from error
    uploads.attach_files(actor=actor, file_ids=file_ids, target=application, purpose=FilePurpose.APPLICATION)
    record(
        actor=actor,
        verb="create" if application_id is None else "edit",
        target=application,
        after=application.status,
        details={"product": application.product_id},
    )
    return application


def _product_for(actor: Any, product: Product) -> Product:
    locked = Product.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=product.pk)
    if not perms.may_edit_product(actor, locked):
        raise NotPermitted
    if locked.status != ProductStatus.REGISTERED:
        raise ApplicationIncomplete(_("Register the product first, then apply for its designation."))
    if locked.designations.valid(on=calendar.today()).exists():
        raise ApplicationIncomplete(_("This product is designated already."))
    return locked


def missing_for_submission(*, application: DesignationApplication) -> list[str]:
    """What still has to be filled in before the application can be submitted."""
    missing = [str(label) for name, label in REQUIRED_TO_SUBMIT.items() if not getattr(application, name)]
    if application.route == ProposalRoute.DEMAND_PROPOSED and not (
        application.demand_institution_id and application.demand_task
    ):
        missing.append(_("institution and task (demand-proposed)"))
    if application.route == ProposalRoute.SCOUT_RECOMMENDED and not application.scout_reference:
        missing.append(_("recommendation number (scout-recommended)"))
    if application.product_type == ProductType.TYPE_1 and not (
        application.rnd_ministry and application.rnd_project_no
    ):
        missing.append(_("ministry and number of the R&D project (Type 1)"))
    if application.is_ai_product and not application.ai_statement:
        missing.append(_("AI model, training data and reliability test"))
    return missing


def rubric_for(*, product_type: str, on: date) -> Rubric:
    """The version of the judging rules in force on a day."""
    return Rubric.objects.effective(on=on).filter(code=product_type).latest("effective_on", "version")


@transaction.atomic
def submit_application(*, actor: Any, application_id: int) -> Receipt:
    """Hand the application in; the rubric in force today will judge it.

    Raises:
        ApplicationIncomplete: with the list of what is missing.
    """
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.SUBMIT, actor)
    if missing := missing_for_submission(application=application):
        raise ApplicationIncomplete(_("Still missing: %(fields)s.") % {"fields": ", ".join(missing)})
    application.submitted_at = database_now()
    year = calendar.today().year
    application.number = f"DA-{year}-{next_number(f'designation_application:{year}'):04d}"
    application.rubric = rubric_for(product_type=application.product_type, on=calendar.today())
    application.save(update_fields=["status", "submitted_at", "number", "rubric", "updated_at"])
    remember(actor=actor, application=application, action=A.SUBMIT, before=before, is_by_supplier=True)
    tell_desk(application=application, kind=Fact.APPLICATION_SUBMITTED)
    drafts.drop_draft(actor=actor, key=draft_key(application_id=application_id))
    return issue_receipt(
        actor=actor,
        kind="products.application",
        target=application,
        title=_("Designation application %(number)s") % {"number": application.number},
        lines=[
            (_("Product"), application.product.name),
            (_("Company"), application.product.supplier.name),
            (_("Designation type"), application.get_product_type_display()),
            (_("Route"), application.get_route_display()),
            (_("Field"), application.get_field_display()),
        ],
    )


@transaction.atomic
def save_and_submit_application(
    *,
    actor: Any,
    fields: Mapping[str, Any],
    file_ids: Sequence[str] = (),
    application_id: int | None = None,
) -> Receipt:
    """Save what was typed and hand it in, both or neither."""
    application = save_application(actor=actor, fields=fields, file_ids=file_ids, application_id=application_id)
    return submit_application(actor=actor, application_id=application.pk)


@transaction.atomic
def withdraw_application(*, actor: Any, application_id: int, reason: str = "") -> DesignationApplication:
    """The supplier takes its application back, at any time before the decision."""
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.WITHDRAW, actor)
    application.save(update_fields=["status", "updated_at"])
    remember(actor=actor, application=application, action=A.WITHDRAW, before=before, note=reason, is_by_supplier=True)
    return application


@transaction.atomic
def answer_supplement(*, actor: Any, application_id: int, answer: str, file_ids: Sequence[str] = ()) -> Receipt:
    """Answer the open request. An answer after the deadline is refused by the database's clock.

    Raises:
        TooLate: the deadline has passed; the desk judges what was submitted.
    """
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.ANSWER_SUPPLEMENT, actor)
    request = application.supplements.get(answered_at=None, closed_at=None)
    moment = database_now()
    if moment > request.due_at:
        raise TooLate(
            _("The deadline for the supplement has passed. The application is judged on what was submitted.")
        )
    request.answer, request.answered_by, request.answered_at = answer, actor, moment
    request.save(update_fields=["answer", "answered_by", "answered_at"])
    uploads.attach_files(actor=actor, file_ids=file_ids, target=application, purpose=FilePurpose.SUPPLEMENT)
    application.save(update_fields=["status", "updated_at"])
    remember(
        actor=actor,
        application=application,
        action=A.ANSWER_SUPPLEMENT,
        before=before,
        note=answer,
        is_by_supplier=True,
    )
    tell_desk(application=application, kind=Fact.SUPPLEMENT_ANSWERED)
    return issue_receipt(
        actor=actor,
        kind="products.supplement",
        target=application,
        title=_("Supplement to %(number)s") % {"number": application.number},
        lines=[(_("Product"), application.product.name), (_("Answer"), answer), (_("Files"), len(file_ids))],
    )


@transaction.atomic
def appeal(*, actor: Any, application_id: int, grounds: str) -> Receipt:
    """Object to the decision, once, within the rubric's working days.

    Raises:
        TooLate: the time is over.
    """
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.APPEAL, actor)
    if database_now() > appeal_deadline(application=application):
        raise TooLate(_("The time for an appeal is over. You may apply again in a later round."))
    application.has_appealed = True
    application.save(update_fields=["status", "has_appealed", "updated_at"])
    remember(actor=actor, application=application, action=A.APPEAL, before=before, note=grounds, is_by_supplier=True)
    tell_desk(application=application, kind=Fact.APPLICATION_SUBMITTED)
    return issue_receipt(
        actor=actor,
        kind="products.appeal",
        target=application,
        title=_("Appeal against the decision on %(number)s") % {"number": application.number},
        lines=[(_("Product"), application.product.name), (_("Grounds"), grounds)],
    )
