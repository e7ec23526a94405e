"""Pages of the two parties: lists of pilot uses and the page of one."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.calendar import SEOUL, today
from core.models import StoredFile
from core.uploads import files_of
from feedback.enums import IncidentStatus, VerdictLevel
from feedback.models import (
    AgreedKpi,
    AssetTransfer,
    CorrectiveAction,
    FieldInspection,
    ImprovementRequest,
    Incident,
    KpiReading,
    PilotReport,
    PilotUse,
    UsageLog,
    UseExtension,
    Verdict,
)
from matching.selectors import PlaceUnits, places_of_line
from products.models import Product


@dataclass(frozen=True, slots=True)
class UsePage:
    """Everything the page of a pilot use shows."""

    use: PilotUse
    kpis: list[AgreedKpi]
    logs: list[UsageLog]
    incidents: list[Incident]
    extensions: list[UseExtension]
    inspections: list[FieldInspection]
    report: PilotReport | None
    verdict: Verdict | None
    transfer: Any
    files: list[StoredFile]
    places: list[PlaceUnits]
    events: list[dict[str, Any]]

    @property
    def steps(self) -> list[dict[str, str]]:
        """Where the use stands on its way, for the step indicator."""
        labels = [
            _("Delivery accepted"),
            _("In pilot use"),
            _("Report"),
            _("Verdict"),
            _("Asset"),
            _("Post-management"),
        ]
        current = _STEP_OF[self.use.status]
        states = ["done" if n < current else "current" if n == current else "todo" for n in range(len(labels))]
        return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


_STEP_OF = {
    "awaiting": 0,
    "in_use": 1,
    "suspended": 1,
    "use_ended": 2,
    "reported": 3,
    "evaluated": 4,
    "transferred": 5,
    "monitoring": 5,
    "closed": 6,
}


def use_list(*, actor: User, status: str = "", text: str = "") -> QuerySet[PilotUse]:
    """The pilot uses of the actor's organization, with what the list shows."""
    uses = (
        PilotUse.objects.visible_to(actor)
        .select_related("product", "supplier", "institution", "report", "line__contract__round")
        .annotate(open_incidents=Count("incidents", filter=Q(incidents__status=IncidentStatus.OPEN)))
        .order_by("-pk")
    )
    if status:
        uses = uses.filter(status=status)
    if text:
        uses = uses.filter(
            Q(product__name__icontains=text) | Q(institution__name__icontains=text) | Q(supplier__name__icontains=text)
        )
    return uses


def visible_uses(*, actor: User) -> QuerySet[PilotUse]:
    """The uses the actor may open, with both parties loaded."""
    return PilotUse.objects.visible_to(actor).select_related(
        "product", "supplier", "institution", "line__contract__round", "report", "transfer__reassigned_to"
    )


def use_page(*, use: PilotUse, is_supplier: bool = False) -> UsePage:
    """The page of one use. A supplier does not see field inspections, which concern the institution alone."""
    report = getattr(use, "report", None)
    incidents = list(use.incidents.select_related("reported_by").order_by("-occurred_on", "-pk"))
    verdict = (
        Verdict.objects.approved()
        .filter(use=use, level=VerdictLevel.LINE)
        .select_related("appeal", "correction")
        .first()
    )
    page = UsePage(
        use=use,
        kpis=list(
            use.kpis.order_by("order").prefetch_related(
                Prefetch("readings", KpiReading.objects.order_by("-read_on", "-pk"))
            )
        ),
        logs=list(use.logs.order_by("-from_on", "-pk")),
        incidents=incidents,
        extensions=list(use.extensions.order_by("-pk")),
        inspections=[] if is_supplier else list(use.inspections.order_by("-inspected_on", "-pk")),
        report=report,
        verdict=verdict,
        transfer=getattr(use, "transfer", None),
        files=list(files_of(target=use)),
        places=places_of_line(line=use.line),
        events=[],
    )
    page.events.extend(_events(page))
    return page


def _events(page: UsePage) -> list[dict[str, Any]]:
    use = page.use
    found: list[tuple[Any, str, str, str]] = [(use.accepted_on, _("Delivery accepted"), "", "info")]
    if use.started_on:
        found.append((use.started_on, _("Pilot use started"), "", "info"))
    found += [(row.occurred_on, row.get_kind_display(), row.description, "danger") for row in page.incidents]
    found += [(row.resolved_at, _("Incident resolved"), row.resolution, "success") for row in page.incidents]
    found += [(row.requested_at, _("Extension requested"), row.reason, "neutral") for row in page.extensions]
    if use.ended_on:
        found.append((use.ended_on, _("Pilot use ended"), use.get_end_reason_display(), "info"))
    if page.report and page.report.submitted_at:
        found.append((page.report.submitted_at, _("Report submitted"), "", "info"))
    if page.report and page.report.decided_at:
        found.append((page.report.decided_at, _("Report accepted"), "", "success"))
    if page.verdict:
        found.append((page.verdict.approved_at, _("Verdict"), page.verdict.get_outcome_display(), "info"))
    if page.transfer and page.transfer.completed_at:
        found.append((page.transfer.completed_at, _("Asset settled"), page.transfer.get_method_display(), "success"))
    found += [
        (row.inspected_on, _("Field inspection"), row.get_finding_display(), "neutral") for row in page.inspections
    ]
    dated = sorted((row for row in found if row[0] is not None), key=lambda row: _moment(row[0]))
    return [{"at": at, "title": title, "body": body, "tone": tone} for at, title, body, tone in dated]


def _moment(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time(0), tzinfo=SEOUL)


def institution_reports(*, actor: User) -> QuerySet[PilotReport]:
    """The reports the actor's institution wrote or has to write."""
    return (
        PilotReport.objects.visible_to(actor)
        .select_related("use__product", "use__supplier", "use__institution")
        .order_by("-due_on", "-pk")
    )


def feedback_list(*, actor: User, text: str = "", reply: str = "") -> QuerySet[PilotReport]:
    """Accepted reports on the supplier's products, with what is still unanswered."""
    standing = Prefetch("use__verdicts", Verdict.objects.approved(), to_attr="standing_verdicts")
    reports = (
        PilotReport.objects.visible_to(actor)
        .select_related("use__product", "use__institution", "reply", "review")
        .annotate(
            open_requests=Count("requests", filter=Q(requests__status__in=("open", "accepted"))),
        )
        .prefetch_related(standing)
        .order_by("-decided_at", "-pk")
    )
    if text:
        reports = reports.filter(Q(use__product__name__icontains=text) | Q(use__institution__name__icontains=text))
    if reply:
        reports = reports.filter(reply__isnull=reply == "without")
    return reports


def report_page(*, report: PilotReport) -> dict[str, Any]:
    """The parts of a report for its page: indicators with evidence, improvements, requests, review, reply, photos."""
    results = list(report.kpis.select_related("kpi").order_by("kpi__order"))
    evidence: dict[str, list[StoredFile]] = {}
    for stored in StoredFile.objects.filter(
        target_type="feedback.reportkpi", target_id__in=[str(result.pk) for result in results]
    ).order_by("uploaded_at", "pk"):
        evidence.setdefault(stored.target_id, []).append(stored)
    return {
        "report": report,
        "results": [(result, evidence.get(str(result.pk), [])) for result in results],
        "improvements": list(report.improvements.order_by("pk")),
        "requests": list(report.requests.order_by("pk")),
        "review": getattr(report, "review", None),
        "reply": getattr(report, "reply", None),
        "photos": list(files_of(target=report)),
    }


def verdict_list(*, actor: User) -> QuerySet[Verdict]:
    """Decided verdicts the actor may see, newest first."""
    return (
        Verdict.objects.visible_to(actor)
        .select_related("product", "supplier", "contract__round", "use__institution", "appeal", "correction", "rules")
        .order_by("-approved_at", "-pk")
    )


def agreed_kpis(*, use: PilotUse) -> list[AgreedKpi]:
    """The indicators of a use in their order."""
    return list(use.kpis.order_by("order"))


def visible_incidents(*, actor: User) -> QuerySet[Incident]:
    """Incidents of the uses the actor may open."""
    uses = PilotUse.objects.visible_to(actor)
    return Incident.objects.filter(use__in=uses).select_related("use__product").order_by("-pk")


def transfers_of(*, use: PilotUse) -> QuerySet[AssetTransfer]:
    """The transfer of a use, if there is one."""
    return AssetTransfer.objects.filter(use=use)


def inspections_of(*, use: PilotUse) -> QuerySet[FieldInspection]:
    """What inspectors found at a use."""
    return FieldInspection.objects.filter(use=use).order_by("-inspected_on", "-pk")


def improvement_requests(*, actor: User) -> QuerySet[ImprovementRequest]:
    """Improvement requests in the accepted reports the actor may read."""
    reports = PilotReport.objects.visible_to(actor)
    return ImprovementRequest.objects.filter(report__in=reports).select_related("report__use").order_by("pk")


def corrections(*, actor: User) -> QuerySet[CorrectiveAction]:
    """Corrective actions the actor may see."""
    return CorrectiveAction.objects.visible_to(actor).select_related("verdict").order_by("-pk")


def files_of_correction(*, correction: CorrectiveAction) -> list[StoredFile]:
    """The evidence of a correction."""
    return list(files_of(target=correction))


def seoul_today() -> date:
    """The date by which due dates are judged."""
    return today()


def public_products() -> QuerySet[Product]:
    """Products of the public catalogue."""
    return Product.objects.public().select_related("supplier")
