"""Designation cases as applicants and visitors read them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from products.enums import (
    IN_REVIEW,
    VALID_DESIGNATIONS,
    ApplicationStatus,
    DesignationStatus,
    ProductStatus,
    ProductType,
)
from products.models import (
    CaseEvent,
    Designation,
    DesignationApplication,
    GateResult,
    PanelScore,
    Product,
    Rubric,
    SupplementRequest,
)


def applications_of(*, actor: Any, status: str = "", text: str = "") -> QuerySet[DesignationApplication]:
    """Designation applications that a person sees, the newest first."""
    rows = DesignationApplication.objects.visible_to(actor).select_related("product__supplier", "designation")
    if status:
        rows = rows.filter(status=status)
    if text.strip():
        rows = rows.filter(Q(product__name__icontains=text.strip()) | Q(number__icontains=text.strip()))
    return rows.order_by("-created_at", "-pk")


def _by_criterion(model: type[PanelScore] | type[GateResult]) -> Any:
    return model._default_manager.select_related("criterion").order_by("criterion__order", "pk")


def application_for(*, actor: Any, application_id: int) -> DesignationApplication | None:
    """One of them, with everything that its page shows."""
    return (
        applications_of(actor=actor)
        .select_related("rubric", "demand_institution")
        .prefetch_related(
            Prefetch(
                "panel_scores", queryset=PanelScore.objects.select_related("criterion").order_by("criterion__order")
            ),
            Prefetch(
                "gate_results", queryset=GateResult.objects.select_related("criterion").order_by("criterion__order")
            ),
            Prefetch("supplements", queryset=SupplementRequest.objects.order_by("-requested_at", "-pk")),
            Prefetch("steps", queryset=CaseEvent.objects.order_by("happened_at", "pk")),
        )
        .filter(pk=application_id)
        .first()
    )


def application_rows(*, applications: Iterable[DesignationApplication]) -> Iterator[Sequence[Any]]:
    """Applications as a file."""
    for row in applications:
        yield (
            row.number,
            row.product.name,
            row.get_product_type_display(),
            row.get_route_display(),
            row.get_status_display(),
            row.submitted_at,
            row.decided_at,
        )


def products_to_apply_for(*, actor: Any) -> QuerySet[Product]:
    """Registered products of the actor's companies without a designation in force or an open application."""
    blocked = DesignationApplication.objects.filter(product=OuterRef("pk")).filter(
        Q(status__in=IN_REVIEW) | Q(status__in=[ApplicationStatus.DRAFT, ApplicationStatus.APPEALED])
    )
    standing = Designation.objects.filter(
        product=OuterRef("pk"), status__in=[*VALID_DESIGNATIONS, DesignationStatus.SUSPENDED]
    )
    return (
        Product.objects.owned_by(actor)
        .filter(~Exists(blocked), ~Exists(standing), status=ProductStatus.REGISTERED)
        .order_by("name", "pk")
    )


STAGES_TYPE_2 = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.DOC_CHECK,
    ApplicationStatus.GATE_REVIEW,
    ApplicationStatus.PANEL_SCORING,
    ApplicationStatus.SITE_INSPECTION,
    ApplicationStatus.COUNCIL_DELIBERATION,
    ApplicationStatus.DESIGNATED,
)
STAGES_TYPE_1 = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.DOC_CHECK,
    ApplicationStatus.COUNCIL_DELIBERATION,
    ApplicationStatus.DESIGNATED,
)
STANDS_AT = {
    ApplicationStatus.SUPPLEMENT_REQUESTED: ApplicationStatus.DOC_CHECK,
    ApplicationStatus.PANEL_ASSIGNED: ApplicationStatus.PANEL_SCORING,
}


def stages(*, application: DesignationApplication) -> list[dict[str, Any]]:
    """The road of the case with where it stands, for the steps component; empty off the road."""
    road = STAGES_TYPE_1 if application.product_type == ProductType.TYPE_1 else STAGES_TYPE_2
    status = ApplicationStatus(application.status)
    at = STANDS_AT.get(status, status)
    if at not in road:
        return []
    position = road.index(at)
    done = at == ApplicationStatus.DESIGNATED
    return [
        {
            "label": stage.label,
            "state": "done" if index < position or done else "current" if index == position else "todo",
        }
        for index, stage in enumerate(road)
    ]


TONES = {
    ApplicationStatus.DESIGNATED: "success",
    ApplicationStatus.REJECTED: "danger",
    ApplicationStatus.INELIGIBLE: "danger",
    ApplicationStatus.SUPPLEMENT_REQUESTED: "warning",
    ApplicationStatus.WITHDRAWN: "neutral",
}


def timeline(*, application: DesignationApplication) -> list[dict[str, Any]]:
    """What happened to the case, as its applicant may read it."""
    return [
        {
            "at": step.happened_at,
            "title": _("%(action)s → %(status)s")
            % {"action": step.get_action_display(), "status": step.get_status_after_display()},
            "body": step.note,
            "actor": _("Applicant") if step.is_by_supplier else _("Designation desk"),
            "tone": TONES.get(ApplicationStatus(step.status_after), "info"),
        }
        for step in application.steps.all()
    ]


def designations_for_certificate(*, actor: Any) -> QuerySet[Designation]:
    """Designations whose certificate a person may print: those of public products, and their own companies'."""
    rows = Designation.objects.select_related("product__supplier", "application")
    public = Q(product__status=ProductStatus.REGISTERED, product__is_listed=True)
    if actor.is_authenticated and not actor.is_staff:
        return rows.filter(public | Q(product__in=Product.objects.owned_by(actor)))
    return rows if actor.is_authenticated else rows.filter(public)


def latest_rubric(*, application: DesignationApplication) -> Rubric | None:
    """The rubric that judges the case, with groups and criteria."""
    if application.rubric_id is None:
        return None
    return Rubric.objects.prefetch_related("groups__criteria", "criteria").get(pk=application.rubric_id)
