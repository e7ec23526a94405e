from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import InternalError, transaction
from django.utils import translation

from core.calendar import add_working_days, today
from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification, OutboxMessage
from feedback import services
from feedback.enums import EndReason, ExtensionStatus, Fact, IncidentKind, ReportStatus, UseStatus
from feedback.errors import AlreadyDone, DateOutOfRange
from feedback.models import AgreedKpi, PilotReport, PilotUse, ReportReminder
from feedback.services.rules import last_day
from matching.signals import line_accepted
from pilots.models import InstitutionStanding, ProductHistory
from tests.accounts.factories import InstitutionUserFactory
from tests.feedback.factories import make_contract, make_line, make_world

pytestmark = pytest.mark.django_db


def test_an_accepted_line_opens_the_use_with_the_agreed_indicators():
    line = make_line()

    line_accepted.send(sender=type(line), line_id=line.pk)

    use = PilotUse.objects.get(line=line)
    assert (use.status, use.product, use.supplier, use.institution, use.units) == (
        UseStatus.AWAITING,
        line.contract.product,
        line.contract.supplier,
        line.institution,
        line.units,
    )
    assert [(k.name, k.target) for k in use.kpis.order_by("order")] == [("지표 1", 80), ("지표 2", 80)]
    history = ProductHistory.objects.get(product=use.product)
    assert (history.reference, history.outcome) == (line.contract.number, "")


def test_opening_twice_changes_nothing():
    line = make_line()
    first = services.open_use(line_id=line.pk)
    again = services.open_use(line_id=line.pk)

    assert first == again
    assert AgreedKpi.objects.filter(use=first).count() == 2


def test_overseas_lines_are_left_to_the_overseas_app():
    line = make_line(contract=make_contract(overseas=True))

    assert services.open_use(line_id=line.pk) is None
    assert not PilotUse.objects.exists()


def test_nobody_moves_the_goalposts():
    world = make_world()
    kpi = world.use.kpis.first()

    with pytest.raises(InternalError), transaction.atomic():
        AgreedKpi.objects.filter(pk=kpi.pk).update(target=1)


def test_the_institution_starts_the_use_and_the_period_follows():
    world = make_world().start()

    assert world.use.status == UseStatus.IN_USE
    assert world.use.ends_on == last_day(start=today(), months=3)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2026-01-01", 3, "2026-03-31"), ("2025-11-30", 3, "2026-02-27"), ("2024-01-31", 1, "2024-02-28")],
)
def test_a_period_of_whole_months(start, months, end):
    from datetime import date

    assert last_day(start=date.fromisoformat(start), months=months) == date.fromisoformat(end)


def test_another_institution_cannot_start_it():
    world = make_world()

    with pytest.raises(NotPermitted):
        services.start_use(actor=InstitutionUserFactory(), use_id=world.use.pk, started_on=today())

    assert world.reload().use.status == UseStatus.AWAITING


def test_a_use_cannot_start_before_acceptance_nor_in_the_future():
    world = make_world()

    for day in (world.use.accepted_on - timedelta(days=1), today() + timedelta(days=1)):
        with pytest.raises(DateOutOfRange):
            services.start_use(actor=world.institution, use_id=world.use.pk, started_on=day)


def test_starting_twice_is_refused():
    world = make_world().start()

    with pytest.raises(IllegalTransition):
        services.start_use(actor=world.institution, use_id=world.use.pk, started_on=today())


def test_log_and_readings_stay_within_the_use():
    world = make_world().start(days_ago=10)
    kpi = world.use.kpis.first()

    services.record_log(
        actor=world.institution,
        use_id=world.use.pk,
        from_on=today() - timedelta(days=9),
        until_on=today(),
        used_hours=Decimal("12.5"),
    )
    services.record_reading(actor=world.institution, kpi_id=kpi.pk, read_on=today(), value=Decimal(77))

    assert (world.use.logs.count(), kpi.readings.get().value) == (1, 77)
    with pytest.raises(DateOutOfRange):
        services.record_reading(
            actor=world.institution, kpi_id=kpi.pk, read_on=today() - timedelta(days=11), value=Decimal(1)
        )
    with pytest.raises(NotPermitted):
        services.record_reading(actor=world.supplier, kpi_id=kpi.pk, read_on=today(), value=Decimal(1))


def test_a_safety_accident_suspends_the_use_until_pps_resolved_it():
    world = make_world().start()
    incident = services.report_incident(
        actor=world.supplier,
        use_id=world.use.pk,
        kind=IncidentKind.SAFETY_ACCIDENT,
        occurred_on=today(),
        description="과열",
    )
    assert world.reload().use.status == UseStatus.SUSPENDED

    with pytest.raises(IllegalTransition):
        services.resume_use(actor=world.reviewer, use_id=world.use.pk, reason="점검")
    with pytest.raises(NotPermitted):
        services.resolve_incident(actor=world.institution, incident_id=incident.pk, resolution="끝")
    services.handle_incident(actor=world.supplier, incident_id=incident.pk, handling="부품 교체")
    services.resolve_incident(
        actor=world.reviewer, incident_id=incident.pk, resolution="교체 확인", is_product_fault=True
    )
    services.resume_use(actor=world.reviewer, use_id=world.use.pk, reason="점검")

    incident.refresh_from_db()
    assert (world.reload().use.status, incident.is_product_fault) == (UseStatus.IN_USE, True)


def test_a_defect_does_not_suspend_and_the_institution_resolves_it():
    world = make_world().start()
    incident = services.report_incident(
        actor=world.institution,
        use_id=world.use.pk,
        kind=IncidentKind.DEFECT,
        occurred_on=today(),
        description="버튼 고장",
    )

    services.resolve_incident(
        actor=world.institution, incident_id=incident.pk, resolution="수리", is_product_fault=True
    )

    incident.refresh_from_db()
    assert (world.reload().use.status, incident.status, incident.is_product_fault) == (
        UseStatus.IN_USE,
        "resolved",
        None,
    )


def test_one_extension_at_most():
    world = make_world().start()
    new_end = world.use.ends_on + timedelta(days=60)
    extension = services.request_extension(
        actor=world.institution, use_id=world.use.pk, new_end_on=new_end, reason="측정 기간"
    )
    with pytest.raises(AlreadyDone):
        services.request_extension(actor=world.institution, use_id=world.use.pk, new_end_on=new_end, reason="또")

    services.approve_extension(actor=world.reviewer, extension_id=extension.pk)

    assert world.reload().use.ends_on == new_end
    with pytest.raises(AlreadyDone):
        services.request_extension(
            actor=world.institution, use_id=world.use.pk, new_end_on=new_end + timedelta(days=5), reason="또"
        )


def test_a_declined_extension_may_be_asked_for_again_and_none_exceeds_a_year():
    world = make_world().start()
    new_end = world.use.ends_on + timedelta(days=30)
    first = services.request_extension(actor=world.institution, use_id=world.use.pk, new_end_on=new_end, reason="측정")
    services.decline_extension(actor=world.reviewer, extension_id=first.pk, reason="불필요")
    first.refresh_from_db()
    assert first.status == ExtensionStatus.DECLINED

    with pytest.raises(DateOutOfRange):
        services.request_extension(
            actor=world.institution, use_id=world.use.pk, new_end_on=today() + timedelta(days=400), reason="길게"
        )
    services.request_extension(actor=world.institution, use_id=world.use.pk, new_end_on=new_end, reason="다시")
    assert world.use.extensions.count() == 2


def test_ending_opens_the_report_with_its_due_date():
    world = make_world().end()

    report = PilotReport.objects.get(use=world.use)
    assert (report.status, report.due_on) == (ReportStatus.DRAFT, add_working_days(world.use.ended_on, 10))
    assert report.kpis.count() == 2
    told = Notification.objects.filter(recipient=world.institution, kind=Fact.USE_ENDED)
    assert told.get().params["due_on"] == str(report.due_on)


def test_an_early_end_needs_its_reason():
    world = make_world().start(days_ago=5)

    with pytest.raises(DateOutOfRange):
        services.end_use(actor=world.institution, use_id=world.use.pk, ended_on=today())
    services.end_use(actor=world.institution, use_id=world.use.pk, ended_on=today(), end_reason=EndReason.SITE_LOST)
    assert world.reload().use.end_reason == EndReason.SITE_LOST


def test_the_night_starts_forgotten_uses_and_ends_finished_ones():
    forgotten = make_world()
    running = make_world().start(days_ago=120)

    assert services.end_finished_uses() == 1
    assert services.start_waiting_uses() == 1
    assert services.end_finished_uses() + services.start_waiting_uses() == 0

    assert forgotten.reload().use.started_on == today()
    assert (running.reload().use.status, running.use.ended_on) == (UseStatus.USE_ENDED, running.use.ends_on)
    assert AuditEntry.objects.filter(verb="end", actor=None).count() == 1


def overdue(world, days):
    """Set the due date so that today lies that many working days after it."""
    due = add_working_days(today(), -days) if days else today()
    PilotReport.objects.filter(use=world.use).update(due_on=due)
    return due


@pytest.mark.parametrize("days", [-10, -3, 0, 6])
def test_reminders_go_out_on_their_days_and_once(days, run_outbox):
    world = make_world().end()
    due = overdue(world, days)
    Notification.objects.all().delete()

    services.queue_report_reminders()
    services.queue_report_reminders()

    reminder = ReportReminder.objects.get()
    expected = max(d for d in (-10, -3, 0, 5) if add_working_days(due, d) <= today())
    assert reminder.days == expected
    assert OutboxMessage.objects.filter(task="feedback.remind_report").count() == 1
    run_outbox()
    told = Notification.objects.get(recipient=world.institution, kind=Fact.REPORT_REMINDER)
    assert told.params["is_overdue"] is (expected > 0)


def test_nothing_is_sent_before_the_first_reminder():
    world = make_world().end()
    overdue(world, -20)

    assert services.queue_report_reminders() == 0


def test_an_overdue_report_costs_standing_once():
    world = make_world().end()
    overdue(world, 6)

    services.queue_report_reminders()
    services.queue_report_reminders()

    standing = InstitutionStanding.objects.get(institution=world.use.institution)
    assert standing.points == -2


def test_a_reminder_for_a_report_handed_in_meanwhile_is_not_sent():
    world = make_world().end()
    reminder = ReportReminder.objects.create(report=world.report, due_on=today(), days=0)
    services.send_report_reminder(reminder_id=reminder.pk)
    count = Notification.objects.filter(kind=Fact.REPORT_REMINDER).count()
    assert count == 1

    other = make_world().submit()
    late = ReportReminder.objects.create(report=other.report, due_on=today(), days=0)
    services.send_report_reminder(reminder_id=late.pk)
    services.send_report_reminder(reminder_id=late.pk + 1000)

    assert Notification.objects.filter(kind=Fact.REPORT_REMINDER).count() == count


@pytest.mark.parametrize(
    ("target", "comparison", "goal"),
    [("100.0000", "at_least", "at least 100 %"), ("0.5", "at_most", "at most 0.5 %"), ("0", "at_most", "at most 0 %")],
)
def test_targets_read_like_numbers_people_write(target, comparison, goal):
    with translation.override("en"):
        assert AgreedKpi(target=Decimal(target), comparison=comparison, unit="%").goal == goal
