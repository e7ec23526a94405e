"""Designations: the second person's approval, extension, suspension, cancellation, transfer, expiry."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import selectors as accounts_selectors
from accounts.enums import OrganizationKind
from accounts.models import Organization
from core import calendar
from core.audit import record
from core.clock import database_now
from core.notifications import notify_all
from core.numbering import next_number
from core.workflow import SYSTEM
from products.enums import (
    VALID_DESIGNATIONS,
    ApplicationAction,
    DesignationAction,
    DesignationStatus,
    Fact,
    ProductStatus,
    ProductType,
    ValiditySource,
)
from products.errors import DatesInvalid, ExtensionBarred, ProductInUse
from products.models import Designation, Product
from products.services.case import locked_application, remember, tell_supplier
from products.services.catalogue import publish_files, refresh_search_text
from products.services.decisions import require_second_person
from products.signals import designation_changed, product_designated
from products.workflow import APPLICATION_WORKFLOW, DESIGNATION_WORKFLOW

D = DesignationAction
PPS_NAME = "조달청"
FIRST_EXTENSION_YEARS = 1
SECOND_EXTENSION_YEARS = 2
"""The first extension lasts one year, the second two (docs/programme.md)."""


def _locked(designation_id: int) -> Designation:
    return (
        Designation.objects.select_for_update(of=("self",)).select_related("product__supplier").get(pk=designation_id)
    )


def months_later(*, day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError(day)


def mint_number(*, product_type: str, year: int) -> str:
    """The portal's own number, beside whatever the designating body calls its certificate."""
    kind = "1" if product_type == ProductType.TYPE_1 else "2"
    return f"IP-{year}-{kind}-{next_number(f'designation:{year}:{kind}'):04d}"


@transaction.atomic
def approve_designation(
    *, actor: Any, application_id: int, valid_from: date | None = None, certificate_no: str = ""
) -> Designation:
    """The second person approves: the case is designated and the product enters the catalogue.

    Raises:
        SecondPersonNeeded: the actor proposed it.
        ProductInUse: the product is designated already.
        DatesInvalid: the validity would begin before the council met.
    """
    application = locked_application(application_id=application_id)
    product = Product.objects.select_for_update(of=("self",)).get(pk=application.product_id)
    require_second_person(application=application, actor=actor)
    before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.DESIGNATE, actor)
    if product.designations.exclude(
        status__in=[DesignationStatus.EXPIRED, DesignationStatus.CANCELLED, DesignationStatus.TRANSFERRED]
    ).exists():
        raise ProductInUse(_("This product has a designation that has not ended."))
    start = valid_from or calendar.today()
    if application.council_held_on and start < application.council_held_on:
        raise DatesInvalid(_("The validity cannot begin before the council met."))
    months = application.rubric.validity_months if application.rubric else 36
    body = application.ministry_name if product.product_type == ProductType.TYPE_1 else PPS_NAME
    application.approved_by = application.decided_by = actor
    application.decided_at = database_now()
    application.save(update_fields=["status", "approved_by", "decided_by", "decided_at", "updated_at"])
    number = mint_number(product_type=application.product_type, year=start.year)
    designation = Designation.objects.create(
        product=product,
        application=application,
        number=number,
        certificate_no=certificate_no or number,
        body_name=body,
        holder_name=application.product.supplier.name,
        valid_from=start,
        valid_until=months_later(day=start, months=months) - timedelta(days=1),
    )
    _list_product(product, designation)
    remember(
        actor=actor,
        application=application,
        action=ApplicationAction.DESIGNATE,
        before=before,
        note=application.decision_reason,
        details={"designation": designation.number, "proposed_by": application.proposed_by_id},
    )
    record(actor=actor, verb="designate", target=designation, after=designation.status)
    tell_supplier(application=application, kind=Fact.APPLICATION_DECIDED, reason=application.decision_reason)
    product_designated.send(sender=Designation, designation_id=designation.pk)
    return designation


def _list_product(product: Product, designation: Designation) -> None:
    product.is_listed = product.status == ProductStatus.REGISTERED
    product.designating_body_name = designation.body_name
    product.certificate_no = designation.certificate_no
    product.save(update_fields=["is_listed", "designating_body_name", "certificate_no", "updated_at"])
    refresh_search_text(product=product)
    publish_files(product=product)


def _change(
    designation: Designation, action: DesignationAction, actor: Any, reason: str, *, fields: tuple[str, ...] = ()
) -> None:
    """Move, remember and tell; the caller has set ``fields`` already."""
    before = DESIGNATION_WORKFLOW.advance(designation, action, actor)
    designation.status_reason = reason
    designation.save(update_fields=["status", "status_reason", "updated_at", *fields])
    record(actor=actor, verb=action, target=designation, before=before, after=designation.status, reason=reason)
    notify_all(
        recipients=accounts_selectors.members_of(organization_id=designation.product.supplier_id),
        kind=Fact.DESIGNATION_CHANGED,
        url=f"/my/products/{designation.product_id}/",
        number=designation.number,
        product=designation.product.name,
        status=designation.status,
        reason=reason,
        valid_until=designation.valid_until.isoformat(),
    )
    designation_changed.send(sender=Designation, designation_id=designation.pk)


@transaction.atomic
def extend_designation(*, actor: Any, designation_id: int, reason: str) -> Designation:
    """The first extension by one year, or the second by two, counted from the present end.

    Raises:
        ExtensionBarred: the pilot of the product was judged insufficient and not corrected.
    """
    designation = _locked(designation_id)
    if designation.extension_bar_reason:
        raise ExtensionBarred(
            _("The designation cannot be extended: %(reason)s") % {"reason": designation.extension_bar_reason}
        )
    first = designation.extension_count == 0
    years = FIRST_EXTENSION_YEARS if first else SECOND_EXTENSION_YEARS
    designation.valid_until = months_later(day=designation.valid_until, months=12 * years)
    designation.extension_count += 1
    _change(
        designation,
        D.EXTEND_FIRST if first else D.EXTEND_SECOND,
        actor,
        reason,
        fields=("valid_until", "extension_count"),
    )
    return designation


@transaction.atomic
def bar_extension(*, actor: Any, product_id: int, reason: str) -> list[Designation]:
    """Exclude the product's designation from extension: a shortcoming of its pilot was not put right.

    Higher apps call this with their own check of who may; repeating it changes nothing.
    """
    rows = Designation.objects.select_for_update(of=("self",)).filter(
        product_id=product_id,
        status__in=[*VALID_DESIGNATIONS, DesignationStatus.SUSPENDED],
        extension_bar_reason="",
    )
    barred = list(rows.order_by("pk"))
    for designation in barred:
        designation.extension_bar_reason = reason
        designation.save(update_fields=["extension_bar_reason", "updated_at"])
        record(actor=actor, verb="bar_extension", target=designation, reason=reason)
    return barred


@transaction.atomic
def suspend_designation(*, actor: Any, designation_id: int, reason: str) -> Designation:
    """The product may not take part until the designation is resumed."""
    designation = _locked(designation_id)
    _change(designation, D.SUSPEND, actor, reason)
    return designation


RESUME = {0: D.RESUME, 1: D.RESUME_FIRST, 2: D.RESUME_SECOND}


@transaction.atomic
def resume_designation(*, actor: Any, designation_id: int, reason: str) -> Designation:
    """End a suspension; the designation continues in the term it was in."""
    designation = _locked(designation_id)
    _change(designation, RESUME[designation.extension_count], actor, reason)
    return designation


@transaction.atomic
def cancel_designation(*, actor: Any, designation_id: int, reason: str) -> Designation:
    """Take the designation away for good; the product leaves the catalogue."""
    designation = _locked(designation_id)
    _change(designation, D.CANCEL, actor, reason)
    Product.objects.filter(pk=designation.product_id).update(is_listed=False)
    return designation


@transaction.atomic
def expire_designation(*, actor: Any, designation_id: int, reason: str = "") -> Designation:
    """The time is over.

    Raises:
        DatesInvalid: the recorded end has not passed.
    """
    designation = _locked(designation_id)
    if designation.valid_until >= calendar.today():
        raise DatesInvalid(_("The designation is valid until %(day)s.") % {"day": designation.valid_until})
    _change(designation, D.EXPIRE, actor, reason)
    return designation


def expire_overdue_designations() -> int:
    """Expire what ended by its recorded date; returns how many. Repeating it changes nothing."""
    overdue = Designation.objects.overdue(on=calendar.today()).order_by("pk").values_list("pk", flat=True)
    ids = list(overdue)
    for designation_id in ids:
        expire_designation(actor=SYSTEM, designation_id=designation_id)
    return len(ids)


@transaction.atomic
def transfer_designation(*, actor: Any, designation_id: int, new_supplier: Organization, reason: str) -> Designation:
    """Another company takes over product and certificate (merger, comprehensive transfer); the term stays the same.

    Raises:
        ProductInUse: the product belongs to that company already, or that is no confirmed supplier.
    """
    designation = _locked(designation_id)
    product = Product.objects.select_for_update(of=("self",)).get(pk=designation.product_id)
    if new_supplier.kind != OrganizationKind.SUPPLIER or not new_supplier.is_confirmed:
        raise ProductInUse(_("A designation can only go to a confirmed supplier."))
    if product.supplier_id == new_supplier.pk:
        raise ProductInUse(_("This company holds the designation already."))
    former = designation.status
    _change(designation, D.TRANSFER, actor, reason)
    product.supplier = new_supplier
    product.save(update_fields=["supplier", "updated_at"])
    refresh_search_text(product=product)
    successor = Designation.objects.create(
        product=product,
        previous=designation,
        number=mint_number(product_type=product.product_type, year=calendar.today().year),
        certificate_no=designation.certificate_no,
        body_name=designation.body_name,
        holder_name=new_supplier.name,
        valid_from=designation.valid_from,
        valid_until=designation.valid_until,
        validity_source=designation.validity_source,
        extension_count=designation.extension_count,
        extension_bar_reason=designation.extension_bar_reason,
        status=former,
    )
    record(actor=actor, verb="receive_transfer", target=successor, after=successor.status, reason=reason)
    designation_changed.send(sender=Designation, designation_id=successor.pk)
    return successor


@transaction.atomic
def confirm_validity(
    *, actor: Any, designation_id: int, valid_from: date, valid_until: date, reason: str
) -> Designation:
    """Replace an estimated validity by the dates on the certificate.

    Raises:
        DatesInvalid: the end does not follow the beginning.
    """
    designation = _locked(designation_id)
    if error := DESIGNATION_WORKFLOW.refusal(designation, D.CANCEL, actor):
        raise error
    if valid_until <= valid_from:
        raise DatesInvalid(_("The end must follow the beginning. Check the dates on the certificate."))
    details = {"was": [designation.valid_from.isoformat(), designation.valid_until.isoformat()]}
    designation.valid_from, designation.valid_until = valid_from, valid_until
    designation.validity_source = ValiditySource.RECORDED
    designation.save(update_fields=["valid_from", "valid_until", "validity_source", "updated_at"])
    record(actor=actor, verb="confirm_validity", target=designation, reason=reason, details=details)
    designation_changed.send(sender=Designation, designation_id=designation.pk)
    return designation
