"""The steps of the designation desk between the submission and the council."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import calendar
from core.clock import database_now
from products.enums import ApplicationAction, CriterionKind, Fact
from products.errors import DatesInvalid, ScoresInvalid
from products.models import DesignationApplication, GateResult, PanelScore, RubricCriterion, SupplementRequest
from products.services.case import locked_application, remember, tell_supplier
from products.workflow import APPLICATION_WORKFLOW

A = ApplicationAction
MIN_PANEL = 5


@transaction.atomic
def start_check(*, actor: Any, application_id: int) -> DesignationApplication:
    """Somebody at the desk takes the case."""
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.START_CHECK, actor)
    application.save(update_fields=["status", "updated_at"])
    remember(actor=actor, application=application, action=A.START_CHECK, before=before)
    return application


@transaction.atomic
def request_supplement(
    *, actor: Any, application_id: int, message: str, due_on: date | None = None
) -> DesignationApplication:
    """Ask the supplier for what is missing; without a date the rubric's working days count from today."""
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.REQUEST_SUPPLEMENT, actor)
    days = application.rubric.supplement_days if application.rubric else 0
    due_on = due_on or calendar.add_working_days(calendar.today(), days)
    if due_on <= calendar.today():
        raise DatesInvalid(_("The date for the answer must lie in the future."))
    SupplementRequest.objects.create(
        application=application,
        message=message,
        due_at=calendar.deadline_at(due_on),
        requested_by=actor,
        requested_at=database_now(),
    )
    application.save(update_fields=["status", "updated_at"])
    remember(
        actor=actor,
        application=application,
        action=A.REQUEST_SUPPLEMENT,
        before=before,
        note=message,
        details={"due_on": due_on.isoformat()},
    )
    tell_supplier(application=application, kind=Fact.SUPPLEMENT_REQUESTED, message=message, due_on=due_on.isoformat())
    return application


@transaction.atomic
def close_supplement(*, actor: Any, application_id: int) -> DesignationApplication:
    """Go on without an answer, once the deadline is over.

    Raises:
        DatesInvalid: the supplier still has time.
    """
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.CLOSE_SUPPLEMENT, actor)
    request = application.supplements.get(answered_at=None, closed_at=None)
    moment = database_now()
    if moment <= request.due_at:
        raise DatesInvalid(_("The supplier may still answer. Wait until the deadline is over."))
    request.closed_at = moment
    request.save(update_fields=["closed_at"])
    application.save(update_fields=["status", "updated_at"])
    remember(actor=actor, application=application, action=A.CLOSE_SUPPLEMENT, before=before)
    return application


def _move_on(application: DesignationApplication, action: ApplicationAction, actor: Any, note: str = "") -> None:
    """A step of the review that only changes the state."""
    before = APPLICATION_WORKFLOW.advance(application, action, actor)
    application.save(update_fields=["status", "updated_at"])
    remember(actor=actor, application=application, action=action, before=before, note=note)
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)


@transaction.atomic
def pass_check(*, actor: Any, application_id: int) -> DesignationApplication:
    """The documents are complete; the gates come next (Type 2)."""
    application = locked_application(application_id=application_id)
    _move_on(application, A.PASS_CHECK, actor)
    return application


@transaction.atomic
def record_ministry_decision(
    *, actor: Any, application_id: int, ministry_name: str, decision_no: str, decided_on: date, note: str = ""
) -> DesignationApplication:
    """Type 1: the ministry in charge has decided; the council deliberates on it.

    Raises:
        DatesInvalid: the decision lies in the future.
    """
    application = locked_application(application_id=application_id)
    if decided_on > calendar.today():
        raise DatesInvalid(_("The ministry's decision cannot lie in the future."))
    application.ministry_name = ministry_name
    application.ministry_decision_no = decision_no
    application.ministry_decided_on = decided_on
    before = APPLICATION_WORKFLOW.advance(application, A.RECORD_MINISTRY_DECISION, actor)
    application.save(
        update_fields=["status", "ministry_name", "ministry_decision_no", "ministry_decided_on", "updated_at"]
    )
    remember(actor=actor, application=application, action=A.RECORD_MINISTRY_DECISION, before=before, note=note)
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)
    return application


def _criteria(application: DesignationApplication, kind: CriterionKind) -> dict[str, RubricCriterion]:
    rows = RubricCriterion.objects.filter(rubric=application.rubric, kind=kind).select_related("group")
    return {row.code: row for row in rows.order_by("order", "pk")}


@transaction.atomic
def pass_gate(
    *, actor: Any, application_id: int, results: Mapping[str, bool], notes: Mapping[str, str] | None = None
) -> DesignationApplication:
    """Record every gate of the rubric. Only a case that passes all of them goes to the panel.

    Raises:
        ScoresInvalid: a gate is missing, unknown or failed; a failed case is rejected or declared ineligible instead.
    """
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.PASS_GATE, actor)
    criteria = _criteria(application, CriterionKind.GATE)
    if set(results) != set(criteria):
        raise ScoresInvalid(_("Record a result for every gate of the rubric."))
    if failed := [criteria[code].label for code, passed in results.items() if not passed]:
        raise ScoresInvalid(
            _("Not passed: %(gates)s. Reject the application or declare it ineligible, with the reason.")
            % {"gates": ", ".join(failed)}
        )
    application.gate_results.all().delete()
    GateResult.objects.bulk_create(
        GateResult(
            application=application,
            criterion=criterion,
            is_passed=results[code],
            note=(notes or {}).get(code, ""),
        )
        for code, criterion in criteria.items()
    )
    application.save(update_fields=["status", "updated_at"])
    remember(actor=actor, application=application, action=A.PASS_GATE, before=before)
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)
    return application


@transaction.atomic
def start_scoring(*, actor: Any, application_id: int, panel_size: int) -> DesignationApplication:
    """The panel is complete and scores.

    Raises:
        ScoresInvalid: a panel has at least five members and an odd number.
    """
    application = locked_application(application_id=application_id)
    if panel_size < MIN_PANEL or panel_size % 2 == 0:
        raise ScoresInvalid(_("A panel has five or more members, and an odd number of them."))
    before = APPLICATION_WORKFLOW.advance(application, A.START_SCORING, actor)
    application.panel_size = panel_size
    application.save(update_fields=["status", "panel_size", "updated_at"])
    remember(actor=actor, application=application, action=A.START_SCORING, before=before)
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)
    return application


def shortfalls(*, application: DesignationApplication, averages: Mapping[str, Decimal]) -> list[str]:
    """Where the panel's averages stay below the rubric: the pass mark, and each group's own minimum."""
    criteria = _criteria(application, CriterionKind.SCORE)
    total = sum(averages.values(), Decimal(0))
    pass_mark = application.rubric.pass_average if application.rubric else Decimal(0)
    below = []
    if total < pass_mark:
        below.append(_("total %(points)s, needed %(minimum)s") % {"points": f"{total:f}", "minimum": f"{pass_mark:f}"})
    groups = {row.group_id: row.group for row in criteria.values() if row.group}
    for group_id, group in groups.items():
        points = sum((averages[code] for code, row in criteria.items() if row.group_id == group_id), Decimal(0))
        if points < group.min_points:
            below.append(
                _("%(group)s %(points)s, needed %(minimum)s")
                % {"group": group.label, "points": f"{points:f}", "minimum": f"{group.min_points:f}"}
            )
    return below


@transaction.atomic
def pass_scoring(
    *,
    actor: Any,
    application_id: int,
    averages: Mapping[str, Decimal],
    comments: Mapping[str, str] | None = None,
) -> DesignationApplication:
    """Record the panel's average for every criterion; a case below the marks is kept and rejected instead.

    Raises:
        ScoresInvalid: a criterion is missing, above its maximum, or the marks are not reached.
    """
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.PASS_SCORING, actor)
    _check_averages(application, averages)
    if below := shortfalls(application=application, averages=averages):
        raise ScoresInvalid(
            _("Below the rubric: %(marks)s. Reject the application with these scores as the reason.")
            % {"marks": "; ".join(below)}
        )
    _store_scores(application, averages, comments or {})
    application.save(update_fields=["status", "total_points", "updated_at"])
    remember(
        actor=actor,
        application=application,
        action=A.PASS_SCORING,
        before=before,
        details={"total": str(application.total_points), "rubric": application.rubric_id},
    )
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)
    return application


def _check_averages(application: DesignationApplication, averages: Mapping[str, Decimal]) -> None:
    criteria = _criteria(application, CriterionKind.SCORE)
    if set(averages) != set(criteria):
        raise ScoresInvalid(_("Record an average for every criterion of the rubric."))
    for code, average in averages.items():
        if not 0 <= average <= criteria[code].max_points:
            raise ScoresInvalid(
                _("%(criterion)s: between 0 and %(maximum)s points.")
                % {"criterion": criteria[code].label, "maximum": f"{criteria[code].max_points:f}"}
            )


def _store_scores(
    application: DesignationApplication, averages: Mapping[str, Decimal], comments: Mapping[str, str]
) -> None:
    criteria = _criteria(application, CriterionKind.SCORE)
    application.panel_scores.all().delete()
    PanelScore.objects.bulk_create(
        PanelScore(
            application=application, criterion=criterion, average=averages[code], comment=comments.get(code, "")
        )
        for code, criterion in criteria.items()
    )
    application.total_points = sum(averages.values(), Decimal(0))


@transaction.atomic
def pass_inspection(*, actor: Any, application_id: int, inspected_on: date, finding: str) -> DesignationApplication:
    """The site inspection confirmed what was submitted.

    Raises:
        DatesInvalid: the inspection lies in the future.
    """
    application = locked_application(application_id=application_id)
    if inspected_on > calendar.today():
        raise DatesInvalid(_("The inspection cannot lie in the future."))
    before = APPLICATION_WORKFLOW.advance(application, A.PASS_INSPECTION, actor)
    application.inspected_on, application.inspection_note = inspected_on, finding
    application.save(update_fields=["status", "inspected_on", "inspection_note", "updated_at"])
    remember(actor=actor, application=application, action=A.PASS_INSPECTION, before=before, note=finding)
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)
    return application
