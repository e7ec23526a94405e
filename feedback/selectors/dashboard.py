"""What waits for whom."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.perms import is_institution, is_supplier, organization_of
from core.calendar import today
from core.dashboard import Card, Queue
from feedback import perms
from feedback.enums import (
    AppealStatus,
    CorrectionStatus,
    ExtensionStatus,
    Finding,
    ImprovementStatus,
    IncidentStatus,
    PurchaseStatus,
    ReportStatus,
    TransferMethod,
    TransferStatus,
    UseStatus,
    VerdictLevel,
    VerdictStatus,
)
from feedback.models import (
    Appeal,
    AssetTransfer,
    CorrectiveAction,
    FieldInspection,
    FollowUpPurchase,
    ImprovementRequest,
    Incident,
    PilotReport,
    PilotUse,
    UseExtension,
    Verdict,
)
from matching.models import Contract

JUDGED = (UseStatus.EVALUATED, UseStatus.TRANSFERRED, UseStatus.MONITORING, UseStatus.CLOSED)


def cards(*, actor: Any) -> Iterable[Card]:
    """Cards of the home page for institutions and suppliers."""
    organization = organization_of(actor)
    if organization is None:
        return []
    if is_institution(actor):
        return _institution_cards(organization.pk)
    return _supplier_cards(organization.pk) if is_supplier(actor) else []


def _institution_cards(organization_id: int) -> list[Card]:
    uses, group = reverse("feedback:use_list"), _("Pilot use")
    reports = PilotReport.objects.unsent().filter(use__institution_id=organization_id)
    late = reports.overdue(on=today()).count()
    counts = PilotUse.objects.filter(institution_id=organization_id).aggregate(
        awaiting=Count("pk", filter=Q(status=UseStatus.AWAITING)),
        ending=Count("pk", filter=Q(status=UseStatus.IN_USE, ends_on__lte=today() + timedelta(days=30))),
    )
    transfers = AssetTransfer.objects.filter(
        use__institution_id=organization_id,
        status=TransferStatus.PREPARED,
        method__in=(TransferMethod.MANAGEMENT_TRANSFER, TransferMethod.FREE_TRANSFER),
    ).count()
    idle = FieldInspection.objects.exclude(finding=Finding.IN_USE).filter(
        use__institution_id=organization_id, explained_at=None
    )
    found = [
        Card(_("Pilot uses to start"), counts["awaiting"], f"{uses}?status=awaiting", "info", group=group),
        Card(_("Pilot uses that end within 30 days"), counts["ending"], f"{uses}?status=in_use", group=group),
        Card(
            _("Result reports to write"),
            reports.count(),
            reverse("feedback:report_list"),
            "danger" if late else "warning",
            _("%(count)s overdue") % {"count": late} if late else "",
            group,
        ),
        Card(_("Asset transfers to answer"), transfers, f"{uses}?status=evaluated", "warning", group=group),
        Card(_("Inspections to explain"), idle.count(), uses, "danger", group=group),
    ]
    return [card for card in found if card.count]


def _supplier_cards(organization_id: int) -> list[Card]:
    feedback, group = reverse("feedback:feedback_list"), _("Feedback")
    accepted = PilotReport.objects.filter(use__supplier_id=organization_id, status=ReportStatus.ACCEPTED)
    requests = ImprovementRequest.objects.filter(
        report__use__supplier_id=organization_id,
        report__status=ReportStatus.ACCEPTED,
        status__in=(ImprovementStatus.OPEN, ImprovementStatus.ACCEPTED),
    )
    corrections = CorrectiveAction.objects.filter(
        verdict__supplier_id=organization_id, status__in=(CorrectionStatus.REQUESTED, CorrectionStatus.PLANNED)
    )
    incidents = Incident.objects.filter(use__supplier_id=organization_id, status=IncidentStatus.OPEN, handled_at=None)
    found = [
        Card(
            _("Feedback without your reply"),
            accepted.filter(reply=None).count(),
            f"{feedback}?reply=without",
            "info",
            group=group,
        ),
        Card(_("Improvement requests to work on"), requests.count(), feedback, "warning", group=group),
        Card(_("Corrective actions"), corrections.count(), reverse("feedback:verdict_list"), "danger", group=group),
        Card(_("Incidents to handle"), incidents.count(), reverse("feedback:use_list"), "danger", group=group),
    ]
    return [card for card in found if card.count]


def lines_to_judge() -> QuerySet[PilotUse]:
    """Uses whose report is accepted and for which nobody proposed a verdict yet."""
    return PilotUse.objects.filter(status=UseStatus.REPORTED, report__status=ReportStatus.ACCEPTED).exclude(
        verdicts__status=VerdictStatus.PROPOSED
    )


def products_to_judge() -> QuerySet[Contract]:
    """Contracts whose institutions are all judged and whose product has no verdict, or one that was acted upon."""
    decided = (CorrectionStatus.CORRECTED, CorrectionStatus.NOT_CORRECTED)
    product = Q(verdicts__level=VerdictLevel.PRODUCT)
    return (
        Contract.objects.annotate(
            used=Count("lines__pilot_use", distinct=True),
            unjudged=Count(
                "lines__pilot_use",
                filter=Q(lines__pilot_use__isnull=False) & ~Q(lines__pilot_use__status__in=JUDGED),
                distinct=True,
            ),
            proposed=Count("verdicts", filter=product & Q(verdicts__status=VerdictStatus.PROPOSED), distinct=True),
            standing=Count(
                "verdicts",
                filter=product
                & Q(verdicts__status=VerdictStatus.APPROVED)
                & (Q(verdicts__correction=None) | ~Q(verdicts__correction__status__in=decided)),
                distinct=True,
            ),
        )
        .filter(used__gt=0, unjudged=0, proposed=0, standing=0)
        .order_by("pk")
    )


def queues() -> Iterable[Queue]:
    """Piles of the PPS home page."""
    case, deciding = frozenset(map(str, perms.CASE_ROLES)), frozenset(map(str, perms.DECIDING_ROLES))
    assets = frozenset(map(str, perms.ASSET_ROLES))
    specs: list[tuple[str, QuerySet[Any], str, str, str, frozenset[str]]] = [
        (
            _("Result reports to read"),
            PilotReport.objects.filter(status=ReportStatus.SUBMITTED),
            "pilotreport",
            "status__exact=submitted",
            "submitted_at",
            case,
        ),
        (
            _("Open incidents"),
            Incident.objects.filter(status=IncidentStatus.OPEN),
            "incident",
            "status__exact=open",
            "reported_at",
            case,
        ),
        (
            _("Extension requests"),
            UseExtension.objects.filter(status=ExtensionStatus.REQUESTED),
            "useextension",
            "status__exact=requested",
            "requested_at",
            case,
        ),
        (_("Lines to judge"), lines_to_judge(), "pilotuse", "status__exact=reported", "report__decided_at", case),
        (
            _("Verdicts to approve"),
            Verdict.objects.filter(status=VerdictStatus.PROPOSED),
            "verdict",
            "status__exact=proposed",
            "proposed_at",
            frozenset({"approver"}),
        ),
        (
            _("Appeals against verdicts"),
            Appeal.objects.filter(status=AppealStatus.FILED),
            "appeal",
            "status__exact=filed",
            "filed_at",
            deciding,
        ),
        (
            _("Corrections to judge"),
            CorrectiveAction.objects.filter(status=CorrectionStatus.EVIDENCED),
            "correctiveaction",
            "status__exact=evidenced",
            "opened_at",
            deciding,
        ),
        (
            _("Assets to settle"),
            PilotUse.objects.filter(status=UseStatus.EVALUATED, transfer=None),
            "pilotuse",
            "status__exact=evaluated",
            "created_at",
            assets,
        ),
        (
            _("Refused transfers"),
            AssetTransfer.objects.filter(status=TransferStatus.REFUSED),
            "assettransfer",
            "status__exact=refused",
            "prepared_at",
            assets,
        ),
        (
            _("Follow-up purchases to confirm"),
            FollowUpPurchase.objects.filter(status=PurchaseStatus.RECORDED),
            "followuppurchase",
            "status__exact=recorded",
            "recorded_at",
            case | {"contract"},
        ),
    ]
    found = [_queue(*spec) for spec in specs]
    products = products_to_judge()
    found.append(
        Queue(_("Products to judge"), products.count(), reverse("admin:feedback_verdict_products"), None, case)
    )
    return found


def _queue(title: str, rows: QuerySet[Any], model: str, query: str, oldest: str, roles: frozenset[str]) -> Queue:
    facts = rows.aggregate(count=Count("pk", distinct=True), oldest=Min(oldest))
    url = f"{reverse(f'admin:feedback_{model}_changelist')}?{query}"
    return Queue(title, facts["count"], url, facts["oldest"], roles)
