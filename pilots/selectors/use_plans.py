"""Pilot-use plans as suppliers and PPS see them."""

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from accounts.perms import organization_of
from core.models import Receipt
from pilots.enums import PlanStatus
from pilots.models import PilotRound, PilotUsePlan
from pilots.selectors.applications import receipts_of_objections
from pilots.selectors.rules import candidate_products
from products.models import Product


def my_plans(*, actor: User) -> QuerySet[PilotUsePlan]:
    """The plans of the supplier the person works for now."""
    organization = organization_of(actor)
    return (
        PilotUsePlan.objects.of_supplier(organization.pk if organization else None)
        .select_related("round__rule_set", "product", "supplier", "track", "item")
        .annotate(
            institution_count=Count(
                "applications", filter=~Q(applications__status__in=["draft", "withdrawn", "invalid"])
            )
        )
        .order_by("-round__year", "-round__sequence", "-pk")
    )


def search_plans(*, actor: User, text: str = "", status: str = "") -> QuerySet[PilotUsePlan]:
    """The supplier's list, narrowed by what the address says."""
    rows = my_plans(actor=actor)
    if text:
        rows = rows.filter(Q(product__name__icontains=text) | Q(number__icontains=text))
    if status in PlanStatus.values:
        rows = rows.filter(status=status)
    return rows


def own_products(*, actor: User) -> QuerySet[Product]:
    """Products of the supplier the person works for now."""
    organization = organization_of(actor)
    return Product.objects.filter(supplier=organization) if organization else Product.objects.none()


def own_candidates(*, actor: User, pilot_round: PilotRound) -> list[tuple[Product, str]]:
    """Products for a new plan, with the reason why some may not take part."""
    organization = organization_of(actor)
    if organization is None:
        return []
    return candidate_products(pilot_round=pilot_round, supplier_id=organization.pk)


def plan_receipts(*, plan: PilotUsePlan) -> QuerySet[Receipt]:
    """Receipts of a plan and of the supplier's objections about its applications, the newest first."""
    own = Q(target_type="pilots.pilotuseplan", target_id=str(plan.pk))
    about = plan.applications.values_list("pk", flat=True)
    return Receipt.objects.filter(
        own | receipts_of_objections(organization_id=plan.supplier_id, application_ids=about)
    ).order_by("-pk")


def admin_plans() -> QuerySet[PilotUsePlan]:
    """Everything for the case list of PPS; drafts stay with their suppliers."""
    return PilotUsePlan.objects.left_draft().select_related(
        "round__rule_set", "product", "supplier", "track", "officer", "item"
    )
