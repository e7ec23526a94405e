"""Opening, running and ending a pilot use."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import members_of, pps_staff
from core.audit import record
from core.calendar import add_working_days, today
from core.errors import NotPermitted
from core.notifications import notify_all
from core.workflow import SYSTEM
from feedback import perms
from feedback.enums import EndReason, Fact, UseAction, UseStatus
from feedback.errors import AlreadyDone, DateOutOfRange
from feedback.models import AgreedKpi, KpiReading, PilotReport, PilotUse, ReportKpi, UsageLog
from feedback.services.rules import last_day, rules_for
from feedback.workflow import USE_WORKFLOW
from matching.models import ContractLine
from pilots import services as pilots
from pilots.enums import HistoryKind

DEFAULT_MONTHS = 3


def locked_use(*, use_id: int) -> PilotUse:
    """The use with its row locked, so that two people never decide at once."""
    uses = PilotUse.objects.select_for_update(of=("self",)).select_related(
        "product", "supplier", "institution", "line"
    )
    return uses.get(pk=use_id)


def tell_institution(*, use: PilotUse, kind: str, url: str = "", **params: Any) -> None:
    """Notify everybody who acts for the institution of a use."""
    notify_all(
        recipients=members_of(organization_id=use.institution_id),
        kind=kind,
        url=url or use_url(use=use),
        product=use.product.name,
        **params,
    )


def tell_supplier(*, use: PilotUse, kind: str, url: str = "", **params: Any) -> None:
    """Notify everybody who acts for the supplier of a use."""
    notify_all(
        recipients=members_of(organization_id=use.supplier_id),
        kind=kind,
        url=url or use_url(use=use),
        product=use.product.name,
        institution=use.institution.name,
        **params,
    )


def tell_staff(*, kind: str, url: str, roles: tuple[str, ...] = perms.CASE_ROLES, **params: Any) -> None:
    """Notify the PPS people who hold one of the roles."""
    people = [person for role in roles for person in pps_staff(role=PpsRole(role))]
    notify_all(recipients=people, kind=kind, url=url, **params)


def use_url(*, use: PilotUse) -> str:
    """The page of a use for both parties."""
    return reverse("feedback:use_detail", args=[use.pk])


@transaction.atomic
def open_use(*, line_id: int) -> PilotUse | None:
    """Open the pilot use of an accepted line and freeze what was promised for it.

    Repeats without effect. Lines of overseas tracks are left to the overseas app, whose institutions report through an
    invitation.
    """
    line = (
        ContractLine.objects.select_for_update(of=("self",))
        .select_related(
            "contract__plan", "contract__track", "contract__product", "contract__supplier", "contract__round"
        )
        .get(pk=line_id)
    )
    contract = line.contract
    existing = PilotUse.objects.filter(line=line).first()
    if existing is not None or contract.track.is_overseas:
        return existing
    use = PilotUse.objects.create(
        line=line,
        product=contract.product,
        supplier=contract.supplier,
        institution_id=line.institution_id,
        units=line.units,
        is_security_site=line.is_security_site,
        planned_months=contract.plan.pilot_months if contract.plan else DEFAULT_MONTHS,
        accepted_on=line.accepted_on or today(),
    )
    if contract.plan is not None:
        AgreedKpi.objects.bulk_create(
            AgreedKpi(
                use=use,
                plan_kpi=kpi,
                order=number,
                name=kpi.name,
                unit=kpi.unit,
                target=kpi.target,
                comparison=kpi.comparison,
                measuring_method=kpi.measuring_method,
            )
            for number, kpi in enumerate(contract.plan.kpis.order_by("order", "pk"), start=1)
        )
    pilots.record_pilot_history(
        product_id=contract.product_id, kind=HistoryKind.PILOT, year=contract.round.year, reference=contract.number
    )
    record(actor=SYSTEM, verb="open", target=use, after=use.status, details={"line": line.pk})
    tell_institution(use=use, kind=Fact.USE_OPENED, units=use.units)
    return use


@transaction.atomic
def start_use(*, actor: Any, use_id: int, started_on: date) -> PilotUse:
    """Begin the period on a day between acceptance and today."""
    use = locked_use(use_id=use_id)
    before = USE_WORKFLOW.advance(use, UseAction.START, actor)
    if not use.accepted_on <= started_on <= today():
        raise DateOutOfRange(
            _("Pilot use starts between the acceptance on %(day)s and today. Choose a day in between.")
            % {"day": use.accepted_on}
        )
    use.started_on = started_on
    use.ends_on = last_day(start=started_on, months=use.planned_months)
    use.save(update_fields=["status", "started_on", "ends_on"])
    record(actor=actor, verb=UseAction.START, target=use, before=before, after=use.status)
    return use


@transaction.atomic
def record_log(
    *,
    actor: User,
    use_id: int,
    from_on: date,
    until_on: date,
    used_hours: Decimal,
    user_count: int = 0,
    note: str = "",
) -> UsageLog:
    """Add an entry to the usage log."""
    use = _running_use(actor, use_id)
    _check_days(use, from_on, until_on)
    entry = UsageLog.objects.create(
        use=use,
        from_on=from_on,
        until_on=until_on,
        used_hours=used_hours,
        user_count=user_count,
        note=note,
        recorded_by=actor,
    )
    record(actor=actor, verb="log", target=use, details={"log": entry.pk})
    return entry


@transaction.atomic
def record_reading(*, actor: User, kpi_id: int, read_on: date, value: Decimal, note: str = "") -> KpiReading:
    """Note a value of an agreed indicator during use."""
    kpi = AgreedKpi.objects.get(pk=kpi_id)
    use = _running_use(actor, kpi.use_id)
    _check_days(use, read_on, read_on)
    reading = KpiReading.objects.create(kpi=kpi, read_on=read_on, value=value, note=note, recorded_by=actor)
    record(actor=actor, verb="read_indicator", target=use, details={"reading": reading.pk})
    return reading


@transaction.atomic
def end_use(*, actor: Any, use_id: int, ended_on: date, end_reason: str = EndReason.COMPLETED) -> PilotUse:
    """End the period and open the result report with its due date."""
    use = locked_use(use_id=use_id)
    before = USE_WORKFLOW.advance(use, UseAction.END, actor)
    if use.started_on is None or use.ends_on is None or not use.started_on <= ended_on <= min(today(), use.ends_on):
        raise DateOutOfRange(_("The end lies between the start and the planned end, and not in the future."))
    if ended_on < use.ends_on and end_reason == EndReason.COMPLETED:
        raise DateOutOfRange(_("This is before the planned end. Choose the reason why pilot use ends early."))
    use.ended_on, use.end_reason = ended_on, end_reason
    use.save(update_fields=["status", "ended_on", "end_reason"])
    report = PilotReport.objects.create(use=use, due_on=add_working_days(ended_on, rules_for(on=ended_on).report_days))
    ReportKpi.objects.bulk_create(ReportKpi(report=report, kpi=kpi) for kpi in use.kpis.order_by("order"))
    record(
        actor=actor,
        verb=UseAction.END,
        target=use,
        before=before,
        after=use.status,
        reason=use.get_end_reason_display(),
    )
    tell_institution(
        use=use, kind=Fact.USE_ENDED, url=reverse("feedback:report_edit", args=[report.pk]), due_on=str(report.due_on)
    )
    return use


def start_waiting_uses() -> int:
    """Start what nobody started within the time the rules give; returns how many."""
    day, count = today(), 0
    for use in PilotUse.objects.filter(status=UseStatus.AWAITING).order_by("pk"):
        if add_working_days(use.accepted_on, rules_for(on=day).start_days) < day:
            start_use(actor=SYSTEM, use_id=use.pk, started_on=day)
            count += 1
    return count


def end_finished_uses() -> int:
    """End every use whose period is over; returns how many."""
    finished = PilotUse.objects.finished(on=today()).order_by("pk").values_list("pk", "ends_on")
    for use_id, ends_on in finished:
        if ends_on is not None:
            end_use(actor=SYSTEM, use_id=use_id, ended_on=ends_on)
    return len(finished)


def _running_use(actor: User, use_id: int) -> PilotUse:
    use = locked_use(use_id=use_id)
    if not perms.may_keep_log(actor, use):
        raise NotPermitted
    if use.status not in {UseStatus.IN_USE, UseStatus.SUSPENDED, UseStatus.USE_ENDED}:
        raise AlreadyDone(_("The log is open from the start of pilot use until the report is submitted."))
    return use


def _check_days(use: PilotUse, first: date, last: date) -> None:
    end = min(today(), use.ended_on or today())
    if use.started_on is None or not use.started_on <= first <= last <= end:
        raise DateOutOfRange(
            _("Choose days within pilot use, from %(start)s to %(end)s.") % {"start": use.started_on, "end": end}
        )
