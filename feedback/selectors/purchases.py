"""Follow-up purchases: the list of a party, and what it may choose from when it records one."""

from django.db.models import Q, QuerySet

from accounts.models import Organization, User
from accounts.perms import is_supplier, organization_of
from feedback.models import FollowUpPurchase
from products.models import Product


def purchase_list(*, actor: User, text: str = "", status: str = "") -> QuerySet[FollowUpPurchase]:
    """Recorded purchases the actor may see, newest first."""
    rows = (
        FollowUpPurchase.objects.visible_to(actor)
        .select_related("product__supplier", "institution", "recorded_by")
        .order_by("-purchased_on", "-pk")
    )
    if text:
        rows = rows.filter(Q(product__name__icontains=text) | Q(institution__name__icontains=text))
    return rows.filter(status=status) if status else rows


def purchase_choices(*, actor: User) -> tuple[QuerySet[Product], QuerySet[Organization]]:
    """Products that were in pilot use and the institutions that may have bought them, for this actor."""
    organization = organization_of(actor)
    products = Product.objects.filter(pilot_uses__isnull=False).distinct().order_by("name", "-pk")
    institutions = Organization.objects.institutions().confirmed().order_by("name", "-pk")
    if organization is None:
        return products.none(), institutions.none()
    if is_supplier(actor):
        return products.filter(supplier=organization), institutions
    return products, institutions.filter(pk=organization.pk)
