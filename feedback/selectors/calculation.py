"""How a verdict is computed. The suggestion binds nobody; it is stored and shown beside what people decide."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.calendar import today
from feedback.enums import CorrectionStatus, EndReason, IncidentKind, Outcome, VerdictLevel
from feedback.models import FIRST_DAY, CorrectiveAction, FeedbackRules, Incident, PilotUse, Verdict, plain_number
from matching.models import Contract


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of the calculation: what was found, what was needed, whether it held."""

    code: str
    found: str
    needed: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Calculation:
    """The suggestion, the conditions it follows from, and the rules with their thresholds."""

    suggested: Outcome
    steps: tuple[Step, ...]
    rows: tuple[dict[str, str], ...]
    rules: FeedbackRules

    def as_json(self) -> dict[str, Any]:
        """Plain data, to be stored with the verdict."""
        return {
            "suggested": str(self.suggested),
            "steps": [asdict(step) for step in self.steps],
            "rows": list(self.rows),
            "rules": {"effective_on": str(self.rules.effective_on), "sha256": self.rules.sha256},
        }


def line_calculation(*, use: PilotUse, rules: FeedbackRules) -> Calculation:
    """One institution: indicators met, mean rating, safety, regular end."""
    report = use.report
    results = list(report.kpis.select_related("kpi").order_by("kpi__order"))
    met = sum(1 for result in results if result.is_met)
    percent = met * 100 // len(results) if results else 100
    mean = report.mean_rating_tenths or 0
    accidents = use.incidents.filter(kind=IncidentKind.SAFETY_ACCIDENT, is_product_fault=True).count()
    steps = (
        Step(
            "indicators",
            f"{met}/{len(results)} ({percent}%)",
            f"{rules.success_kpi_percent}%",
            percent >= rules.success_kpi_percent,
        ),
        Step("rating", _tenths(mean), _tenths(rules.success_rating_tenths), mean >= rules.success_rating_tenths),
        Step("safety", str(accidents), "0", accidents == 0),
        Step(
            "regular_end",
            use.end_reason,
            EndReason.COMPLETED,
            use.end_reason not in {EndReason.SAFETY, EndReason.DEFECT},
        ),
    )
    rows = tuple(
        {
            "name": result.kpi.name,
            "target": result.kpi.goal,
            "measured": f"{_plain(result.measured)} {result.kpi.unit}".strip(),
            "is_met": "yes" if result.is_met else "no",
        }
        for result in results
    )
    return Calculation(_suggest(steps, accidents, use.line.contract_id), steps, rows, rules)


def product_calculation(*, contract: Contract, rules: FeedbackRules) -> Calculation:
    """The product: units whose institution was judged a success, out of all units in pilot use."""
    verdicts = {
        verdict.use_id: verdict
        for verdict in Verdict.objects.approved().filter(contract=contract, level=VerdictLevel.LINE)
    }
    uses = list(PilotUse.objects.filter(line__contract=contract).select_related("institution").order_by("pk"))
    total = sum(use.units for use in uses)
    good = sum(use.units for use in uses if _outcome(verdicts.get(use.pk)) == Outcome.SUCCESS)
    failed = sum(1 for use in uses if _outcome(verdicts.get(use.pk)) == Outcome.FAILURE)
    percent = good * 100 // total if total else 0
    accidents = Incident.objects.filter(
        use__line__contract=contract, kind=IncidentKind.SAFETY_ACCIDENT, is_product_fault=True
    ).count()
    steps = (
        Step(
            "units",
            f"{good}/{total} ({percent}%)",
            f"{rules.success_unit_percent}%",
            percent >= rules.success_unit_percent,
        ),
        Step("failed_lines", str(failed), "0", failed == 0),
        Step("safety", str(accidents), "0", accidents == 0),
    )
    rows = tuple(
        {"name": use.institution.name, "units": str(use.units), "outcome": str(_outcome(verdicts.get(use.pk)) or "")}
        for use in uses
    )
    return Calculation(_suggest(steps, accidents, contract.pk), steps, rows, rules)


def _suggest(steps: tuple[Step, ...], accidents: int, contract_id: int) -> Outcome:
    decided = (
        CorrectiveAction.objects.filter(
            verdict__contract_id=contract_id, status__in=(CorrectionStatus.CORRECTED, CorrectionStatus.NOT_CORRECTED)
        )
        .order_by("-decided_at", "-pk")
        .first()
    )
    if accidents or (decided and decided.status == CorrectionStatus.NOT_CORRECTED):
        return Outcome.FAILURE
    if decided or all(step.is_met for step in steps):
        return Outcome.SUCCESS
    return Outcome.INSUFFICIENT


def _outcome(verdict: Verdict | None) -> str | None:
    return verdict.outcome if verdict else None


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"


def _plain(value: Decimal | None) -> str:
    """The number without the zeros that only storage needs."""
    return "" if value is None else plain_number(value)


LABELS = {
    "indicators": _("Agreed indicators met"),
    "rating": _("Mean rating"),
    "safety": _("Safety accidents caused by the product"),
    "regular_end": _("Pilot use did not end early for safety or a defect"),
    "units": _("Units judged a success"),
    "failed_lines": _("Institutions with a failure"),
}


SUGGESTION = _("The calculation suggests")


def current_rules() -> FeedbackRules:
    """The rules of today to compute a preview with; the model's defaults where no set is entered yet."""
    return FeedbackRules.objects.in_force(on=today()).first() or FeedbackRules(effective_on=FIRST_DAY)


def calculation_rows(*, verdict: Verdict) -> list[dict[str, Any]]:
    """The stored calculation with readable labels, for the pages of both sides."""
    return [
        {
            **step,
            "label": LABELS.get(step["code"], step["code"]),
            "found": told(value=step["found"]),
            "needed": told(value=step["needed"]),
        }
        for step in verdict.calculation.get("steps", [])
    ]


def told(*, value: str) -> str:
    """What a step found or needs, in words where it is stored as a code: numbers stay what they are."""
    for words in (EndReason, Outcome):
        if value in words.values:
            return str(words(value).label)
    return value
