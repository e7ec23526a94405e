"""What everybody may read. Public shapes are built field by field, so that a new private column never slips out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.calendar import today
from feedback.enums import CorrectionStatus, PublicationStatus, PurchaseStatus, VerdictLevel
from feedback.models import FollowUpPurchase, PilotReport, PilotUse, Verdict
from feedback.selectors.masking import masked

PRIVATE_COLUMNS = (
    "private_defects",
    "private_notes",
    "purchase_intention",
    "purchase_units",
    "purchase_when",
    "purchase_budget_krw",
    "continue_note",
    "signed_by_name",
    "return_reason",
)


@dataclass(frozen=True, slots=True)
class PublicKpi:
    """An agreed indicator with what was measured."""

    name: str
    unit: str
    comparison: str
    goal: str
    target: Decimal
    measured: Decimal | None
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class PublicImprovement:
    """A public service before and after."""

    item: str
    unit: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class PublicReport:
    """The released part of a result report with its review and the supplier's reply."""

    id: int
    product_id: int
    product: str
    supplier: str
    institution: str
    units: int
    started_on: date | None
    ended_on: date | None
    used_days: int | None
    user_count: int | None
    ratings: tuple[tuple[str, int | None], ...]
    mean_rating: float | None
    satisfaction: int | None
    summary: str
    strengths: str
    limits: str
    kpis: tuple[PublicKpi, ...]
    improvements: tuple[PublicImprovement, ...]
    stars: int | None
    review: str
    reply: str
    replied_on: date | None
    published_on: date | None


@dataclass(frozen=True, slots=True)
class PublicVerdict:
    """A verdict nobody can appeal against any more, or a success."""

    id: int
    level: str
    level_label: str
    product_id: int
    product: str
    supplier: str
    institution: str
    round: str
    units: int | None
    outcome: str
    outcome_label: str
    summary: str
    correction: str
    decided_on: date | None


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """What pilots and later purchases say about a product, in a line."""

    use_count: int
    institution_count: int
    report_count: int
    mean_stars: float | None
    purchase_count: int
    purchase_krw: int


def institution_name(*, use: PilotUse) -> str:
    """The institution, or nothing recognizable where the site is a security site."""
    return _("Institution with a security site") if use.is_security_site else use.institution.name


def published_reports(*, product_id: int | None = None) -> QuerySet[PilotReport]:
    """Accepted and released reports, newest first; private columns are not even loaded. See ``as_public_report``."""
    reports = (
        PilotReport.objects.published()
        .defer(*PRIVATE_COLUMNS)
        .select_related("use__product", "use__supplier", "use__institution", "review", "reply")
        .prefetch_related("kpis__kpi", "improvements")
        .order_by("-decided_at", "-pk")
    )
    return reports.filter(use__product_id=product_id) if product_id is not None else reports


def as_public_report(*, report: PilotReport) -> PublicReport:
    """The public shape of a row of ``published_reports``, with personal data masked."""
    use = report.use
    review = getattr(report, "review", None)
    reply = getattr(report, "reply", None)
    is_reviewed = review is not None and review.status == PublicationStatus.VISIBLE
    is_replied = reply is not None and reply.status == PublicationStatus.VISIBLE
    mean = report.mean_rating_tenths
    return PublicReport(
        id=report.pk,
        product_id=use.product_id,
        product=use.product.name,
        supplier=use.supplier.name,
        institution=institution_name(use=use),
        units=use.units,
        started_on=use.started_on,
        ended_on=use.ended_on,
        used_days=report.used_days,
        user_count=report.user_count,
        ratings=tuple(report.rating_rows),
        mean_rating=None if mean is None else mean / 10,
        satisfaction=report.satisfaction,
        summary=masked(text=report.public_summary),
        strengths=masked(text=report.public_strengths),
        limits=masked(text=report.public_limits),
        kpis=_public_kpis(report),
        improvements=tuple(
            PublicImprovement(masked(text=row.item), row.unit, row.before, row.after)
            for row in report.improvements.all()
        ),
        stars=review.stars if is_reviewed and review else None,
        review=masked(text=review.body) if is_reviewed and review else "",
        reply=masked(text=reply.body) if is_replied and reply else "",
        replied_on=localdate(reply.written_at) if is_replied and reply else None,
        published_on=localdate(report.decided_at) if report.decided_at else None,
    )


def _public_kpis(report: PilotReport) -> tuple[PublicKpi, ...]:
    results = sorted(report.kpis.all(), key=lambda result: result.kpi.order)
    return tuple(
        PublicKpi(
            name=result.kpi.name,
            unit=result.kpi.unit,
            comparison=result.kpi.comparison,
            goal=result.kpi.goal,
            target=result.kpi.target,
            measured=result.measured,
            is_met=result.is_met,
        )
        for result in results
    )


def published_verdicts(*, product_id: int | None = None, level: str | None = None) -> QuerySet[Verdict]:
    """Verdicts that stand, newest first. See ``as_public_verdict``."""
    verdicts = (
        Verdict.objects.final(on=today())
        .defer("reason", "calculation", "rejection_reason")
        .select_related("product", "supplier", "contract__round", "use__institution", "correction")
        .order_by("-approved_at", "-pk")
    )
    if product_id is not None:
        verdicts = verdicts.filter(product_id=product_id)
    return verdicts.filter(level=level) if level else verdicts


def as_public_verdict(*, verdict: Verdict) -> PublicVerdict:
    """The public shape of a row of ``published_verdicts``."""
    correction = getattr(verdict, "correction", None)
    is_decided = correction is not None and correction.status in {
        CorrectionStatus.CORRECTED,
        CorrectionStatus.NOT_CORRECTED,
    }
    return PublicVerdict(
        id=verdict.pk,
        level=verdict.level,
        level_label=verdict.get_level_display(),
        product_id=verdict.product_id,
        product=verdict.product.name,
        supplier=verdict.supplier.name,
        institution=institution_name(use=verdict.use) if verdict.use else "",
        round=verdict.contract.round.number,
        units=verdict.use.units if verdict.use else None,
        outcome=verdict.outcome,
        outcome_label=verdict.get_outcome_display(),
        summary=masked(text=verdict.public_summary),
        correction=str(correction.get_status_display()) if is_decided and correction else "",
        decided_on=localdate(verdict.approved_at) if verdict.approved_at else None,
    )


def product_verdicts(*, product_id: int) -> list[PublicVerdict]:
    """The product-level verdicts of a product that stand."""
    rows = published_verdicts(product_id=product_id, level=VerdictLevel.PRODUCT)
    return [as_public_verdict(verdict=verdict) for verdict in rows]


def product_record(*, product_id: int) -> ProductRecord:
    """Counts for the product page. Purchases count once PPS has confirmed them."""
    uses = PilotUse.objects.filter(product_id=product_id).aggregate(
        uses=Count("pk"), institutions=Count("institution", distinct=True)
    )
    reports = (
        PilotReport.objects.published()
        .filter(use__product_id=product_id)
        .aggregate(reports=Count("pk"), stars=Avg("review__stars", filter=Q(review__status=PublicationStatus.VISIBLE)))
    )
    purchases = FollowUpPurchase.objects.filter(product_id=product_id, status=PurchaseStatus.CONFIRMED).aggregate(
        count=Count("pk"), total=Sum("amount_krw")
    )
    return ProductRecord(
        use_count=uses["uses"],
        institution_count=uses["institutions"],
        report_count=reports["reports"],
        mean_stars=None if reports["stars"] is None else round(float(reports["stars"]), 1),
        purchase_count=purchases["count"],
        purchase_krw=purchases["total"] or 0,
    )
