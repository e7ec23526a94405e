"""A round of the size of the real one, written in bulk: 1,600 applications by as many institutions."""

from django.utils import timezone

from accounts.models import Organization
from pilots.enums import ApplicationStatus, PlanStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from products.models import Product
from tests.accounts.factories import InstitutionFactory, PpsUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory

_SAME = ("site_name", "site_address", "site_district", "site_province_id", "problem", "use_plan", "expected_effect",
         "responsible_person", "has_pledged")  # fmt: skip


def institutions(count: int) -> list[Organization]:
    """Confirmed institutions, made from one by copying."""
    pattern = InstitutionFactory()
    rows = [
        Organization(
            kind=pattern.kind,
            status=pattern.status,
            confirmed_at=pattern.confirmed_at,
            name=f"기관 {number}",
            institution_code=f"Y{number:06d}",
            institution_kind=pattern.institution_kind,
            province_id=pattern.province_id,
            address=pattern.address,
        )
        for number in range(count)
    ]
    Organization.objects.bulk_create(rows)
    return rows


def under_review(plans: list[PilotUsePlan], count: int) -> list[PilotApplication]:
    """``count`` applications under review, one of each institution, spread over the plans."""
    pattern = ApplicationFactory(plan=plans[0])
    rows = [
        PilotApplication(
            round_id=plan.round_id,
            plan=plan,
            institution=institution,
            officer=pattern.officer,
            requested_units=3 + number % 5,
            min_units=2,
            **{name: getattr(pattern, name) for name in _SAME},
        )
        for number, institution in enumerate(institutions(count))
        for plan in [plans[number % len(plans)]]
    ]
    PilotApplication.objects.bulk_create(rows)
    now = timezone.now()
    for number, row in enumerate(rows, 1):
        row.status, row.submitted_at = ApplicationStatus.SUBMITTED, now
        row.number = f"AP-{row.plan.round.number}-{number:05}"
    PilotApplication.objects.bulk_update(rows, ["status", "submitted_at", "number"], batch_size=400)
    PilotApplication.objects.filter(pk__in=[row.pk for row in rows]).update(status=ApplicationStatus.UNDER_REVIEW)
    PilotApplication.objects.filter(pk=pattern.pk).delete()
    return rows


_OFFERED = ("officer", "supplier", "track", "item", "price_note", "pilot_months", "site_requirements",
            "expected_improvement", "installation", "training", "safety")  # fmt: skip


def approved(pilot_round: PilotRound, count: int) -> list[PilotUsePlan]:
    """``count`` approved plans with prices from 2 to 11 million won, copies of one product of one supplier."""
    pattern = PlanFactory(round=pilot_round)
    products = [
        Product(
            supplier=pattern.supplier,
            name=f"제품 {number}",
            category=pattern.product.category,
            product_type=pattern.product.product_type,
            status=pattern.product.status,
            registered_at=pattern.product.registered_at,
        )
        for number in range(count)
    ]
    Product.objects.bulk_create(products)
    now, officer = timezone.now(), PpsUserFactory()
    rows = [
        PilotUsePlan(
            round=pilot_round,
            product=product,
            unit_price_krw=1_000_000 * (2 + number % 10),
            min_units=2,
            max_units=30,
            min_institutions=1 + number % 2,
            max_institutions=5,
            **{name: getattr(pattern, name) for name in _OFFERED},
        )
        for number, product in enumerate(products)
    ]
    PilotUsePlan.objects.bulk_create(rows)
    for number, row in enumerate(rows, 1):
        row.status, row.submitted_at = PlanStatus.SUBMITTED, now
        row.number = f"PL-{pilot_round.number}-{number:04}"
        row.approved_at, row.approved_by = now, officer
    PilotUsePlan.objects.bulk_update(
        rows, ["status", "submitted_at", "number", "approved_at", "approved_by"], batch_size=400
    )
    PilotUsePlan.objects.filter(pk__in=[row.pk for row in rows]).update(status=PlanStatus.APPROVED)
    PilotUsePlan.objects.filter(pk=pattern.pk).delete()
    return rows
