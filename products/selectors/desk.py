"""What waits for a supplier and for the designation desk."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.enums import PpsRole
from core import calendar
from core.dashboard import Card, Queue
from products import perms
from products.enums import ApplicationStatus, PriceFlag, ProductStatus
from products.models import Designation, DesignationApplication, Product, ProductItem
from products.selectors.catalogue import EXPIRING_DAYS


def cards(*, actor: Any) -> list[Card]:
    """What waits for a supplier: drafts to finish, requests to answer, designations about to end."""
    if not perms.may_see_own_products(actor):
        return []
    day = calendar.today()
    drafts = Product.objects.owned_by(actor).filter(status=ProductStatus.DRAFT).count()
    asked = (
        DesignationApplication.objects.visible_to(actor).filter(status=ApplicationStatus.SUPPLEMENT_REQUESTED).count()
    )
    ending = (
        Designation.objects.filter(product__in=Product.objects.owned_by(actor))
        .valid(on=day)
        .filter(valid_until__lte=day + timedelta(days=EXPIRING_DAYS))
        .count()
    )
    group = gettext_lazy("Products and designations")
    listing, applications = reverse("products:mine"), reverse("products:applications")
    return [
        Card(
            gettext_lazy("Supplements to answer"),
            asked,
            f"{applications}?status=supplement_requested",
            "warning",
            group=group,
        ),
        Card(gettext_lazy("Product drafts to finish"), drafts, f"{listing}?status=draft", "info", group=group),
        Card(gettext_lazy("Designations that end within 90 days"), ending, listing, "warning", group=group),
    ]


DESK_QUEUES: tuple[tuple[Any, tuple[ApplicationStatus, ...], tuple[PpsRole, ...]], ...] = (
    (
        gettext_lazy("Designation applications to check"),
        (ApplicationStatus.SUBMITTED, ApplicationStatus.DOC_CHECK),
        (PpsRole.DESIGNATION,),
    ),
    (
        gettext_lazy("Designation cases in review"),
        (
            ApplicationStatus.GATE_REVIEW,
            ApplicationStatus.PANEL_ASSIGNED,
            ApplicationStatus.PANEL_SCORING,
            ApplicationStatus.SITE_INSPECTION,
        ),
        (PpsRole.DESIGNATION,),
    ),
    (
        gettext_lazy("Designations at the council"),
        (ApplicationStatus.COUNCIL_DELIBERATION,),
        (PpsRole.DESIGNATION, PpsRole.APPROVER),
    ),
    (
        gettext_lazy("Appeals against designation decisions"),
        (ApplicationStatus.APPEALED,),
        (PpsRole.DESIGNATION, PpsRole.APPROVER),
    ),
)


def queues() -> list[Queue]:
    """The piles of the designation desk; the roles in the rows decide who sees which."""
    base = reverse("admin:products_designationapplication_changelist")
    found = []
    for title, statuses, roles in DESK_QUEUES:
        rows = DesignationApplication.objects.filter(status__in=statuses)
        counted = rows.aggregate(total=Count("pk"), oldest=Min("updated_at"))
        wanted = ",".join(statuses)
        found.append(
            Queue(title, counted["total"], f"{base}?status__in={wanted}", counted["oldest"], frozenset(roles))
        )
    flags = ",".join(flag for flag in PriceFlag.values if flag)
    found.append(
        Queue(
            gettext_lazy("Prices to review"),
            ProductItem.objects.exclude(price_flag=PriceFlag.NONE)
            .exclude(product__status=ProductStatus.DRAFT)
            .count(),
            f"{reverse('admin:products_productitem_changelist')}?price_flag__in={flags}",
            None,
            frozenset({PpsRole.DESIGNATION}),
        )
    )
    return found
