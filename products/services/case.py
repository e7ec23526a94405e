"""What every step of a designation case shares: the lock, the timeline, who is told."""

from datetime import date
from typing import Any

from accounts import selectors as accounts_selectors
from accounts.enums import PpsRole
from core import calendar
from core.audit import record
from core.clock import database_now
from core.notifications import notify_all
from products.enums import ApplicationAction, Fact
from products.models import CaseEvent, DesignationApplication


def locked_application(*, application_id: int) -> DesignationApplication:
    """The case with its row locked, product and company beside it."""
    return (
        DesignationApplication.objects.select_for_update(of=("self",))
        .select_related("product__supplier", "rubric")
        .get(pk=application_id)
    )


def remember(
    *,
    actor: Any,
    application: DesignationApplication,
    action: ApplicationAction,
    before: str,
    note: str = "",
    is_by_supplier: bool = False,
    details: dict[str, Any] | None = None,
) -> None:
    """The line in the applicant's timeline and the line in the audit log."""
    CaseEvent.objects.create(
        application=application,
        action=action,
        status_after=application.status,
        note=note,
        is_by_supplier=is_by_supplier,
        happened_at=database_now(),
    )
    record(
        actor=actor,
        verb=action,
        target=application,
        before=before,
        after=application.status,
        reason=note,
        details=details,
    )


def tell_supplier(*, application: DesignationApplication, kind: Fact, **params: Any) -> None:
    """Tell everybody who acts for the applicant."""
    notify_all(
        recipients=accounts_selectors.members_of(organization_id=application.product.supplier_id),
        kind=kind,
        url=f"/my/designations/{application.pk}/",
        number=application.number,
        product=application.product.name,
        status=application.status,
        **params,
    )


def tell_desk(*, application: DesignationApplication, kind: Fact) -> None:
    """Tell the designation desk."""
    notify_all(
        recipients=accounts_selectors.pps_staff(role=PpsRole.DESIGNATION),
        kind=kind,
        url=f"/admin/products/designationapplication/{application.pk}/change/",
        number=application.number,
        product=application.product.name,
        company=application.product.supplier.name,
    )


def appeal_deadline(*, application: DesignationApplication) -> Any:
    """Until when the supplier may object to the decision."""
    decided_on = application.decided_at.astimezone(calendar.SEOUL).date() if application.decided_at else date.min
    days = application.rubric.appeal_days if application.rubric else 0
    return calendar.deadline_at(calendar.add_working_days(decided_on, days))
