"""What the rules of a round say about products and applications."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Prefetch, Sum
from django.utils.translation import gettext as _

from accounts.models import Organization
from core.calendar import add_working_days, today
from pilots.enums import AcquisitionMode, ApplicationStatus, RoundStatus
from pilots.models import InstitutionStanding, PilotApplication, PilotRound, PilotUsePlan, ProductHistory, RuleSet
from pilots.rules.exclusion import Earlier, is_excluded
from pilots.rules.schema import Rules, parse
from pilots.rules.scoring import Facts, Part, score_parts
from products.models import Designation, Product


def rules_of(*, round_id: int) -> Rules:
    """The checked rule set of a round."""
    return parse(RuleSet.objects.get(rounds=round_id).body)


def planned_end(*, pilot_round: PilotRound, pilot_months: int, rules: Rules) -> date:
    """When the pilot use will be over if every step takes the time that the rules give it."""
    result = pilot_round.result_due_on or today()
    return add_working_days(result, rules.deadline("contract")) + timedelta(days=31 * pilot_months)


def obstacle(
    *, product: Product, pilot_round: PilotRound, rules: Rules, pilot_months: int = 1, is_overseas: bool = False
) -> str:
    """Why a product may not take part in the round, in words for its supplier; empty when it may."""
    designation = current_designation(product=product)
    if designation is None:
        return _("The product is not designated at present. Only designated products can take part.")
    end = planned_end(pilot_round=pilot_round, pilot_months=pilot_months, rules=rules)
    if not designation.is_estimated and designation.valid_until < end:
        return _(
            "The designation ends on %(until)s, before the pilot use would end (%(end)s). Ask for its extension."
        ) % {
            "until": designation.valid_until.isoformat(),
            "end": end.isoformat(),
        }
    if pilot_round.acquisition_mode == AcquisitionMode.LEASE and not product.is_lease_available:
        return _("This round is for leases and the product is not offered for lease.")
    earlier = [Earlier(row.kind, row.outcome) for row in product.pilot_history.all()]
    if is_excluded(earlier=earlier, is_overseas=is_overseas, rules=rules):
        return _("The product had a pilot purchase before. The rules of this round exclude such products.")
    if not product.supplier.is_confirmed:
        return _("The supplier is not confirmed at present.")
    return ""


def current_designation(*, product: Product) -> Designation | None:
    """The designation that is valid today, if any."""
    day = today()
    return next((row for row in product.designations.all() if row.is_valid_on(day)), None)


def candidate_products(*, pilot_round: PilotRound, supplier_id: int) -> list[tuple[Product, str]]:
    """The supplier's products with the reason why each may not take part (empty when it may), free ones first."""
    rules = parse(pilot_round.rule_set.body)
    taken = PilotUsePlan.objects.filter(round=pilot_round, supplier_id=supplier_id).exclude(
        status__in=["withdrawn", "excluded"]
    )
    products = (
        Product.objects.filter(supplier_id=supplier_id, status="registered")
        .exclude(pk__in=taken.values("product"))
        .select_related("supplier")
        .prefetch_related("designations", Prefetch("pilot_history", ProductHistory.objects.order_by("pk")))
        .order_by("name", "pk")
    )
    rows = [(product, obstacle(product=product, pilot_round=pilot_round, rules=rules)) for product in products]
    return sorted(rows, key=lambda row: bool(row[1]))


def standing_points(*, institution_ids: Iterable[int]) -> dict[int, int]:
    """The sum of points of each institution that has any."""
    rows = (
        InstitutionStanding.objects.filter(institution_id__in=set(institution_ids))
        .values("institution_id")
        .annotate(total=Sum("points"))
        .order_by("institution_id")
    )
    return {row["institution_id"]: row["total"] for row in rows}


def year_shares(*, year: int, but_round_id: int | None = None) -> tuple[int, int]:
    """Won granted in the year's rounds, and the part of it that goes to youth startups."""
    granted = (
        PilotApplication.objects.filter(
            round__year=year, status__in=[ApplicationStatus.MATCHED, ApplicationStatus.CONFIRMED]
        )
        .exclude(round_id=but_round_id)
        .exclude(round__status=RoundStatus.CANCELLED)
        .values_list("granted_units", "plan__unit_price_krw", "plan__supplier__is_youth_startup")
    )
    total = youth = 0
    for units, price, is_youth in granted:
        total += (units or 0) * price
        youth += (units or 0) * price if is_youth else 0
    return total, youth


def youth_reached_permille(*, year: int) -> int:
    """How far the year's target for youth startups is met, in permille of what was granted."""
    total, youth = year_shares(year=year)
    return youth * 1000 // total if total else 0


def facts_of(*, application: PilotApplication, standing: int, youth_reached: int) -> Facts:
    """Everything the scoring looks at; claims count only together with what the portal knows itself."""
    plan, institution = application.plan, application.institution
    units = application.reviewed_units or application.requested_units
    return Facts(
        track=plan.track.code,
        priority=application.priority,
        amount_krw=units * plan.unit_price_krw,
        follow_up_budget_krw=application.follow_up_budget_krw,
        standing_points=standing,
        is_local_rnd=plan.is_local_rnd and "local_rnd" in application.claims,
        is_safety_equipment=plan.is_safety_equipment,
        is_safety_institution=institution.is_safety_institution,
        is_daily_life=plan.is_daily_life,
        is_rural=institution.is_rural or "rural" in application.claims,
        is_policy_demand=plan.is_policy_demand or "policy_demand" in application.claims,
        is_youth_startup=plan.supplier.is_youth_startup,
        is_overseas=plan.track.is_overseas,
        youth_reached_permille=youth_reached,
    )


def computed_parts(*, applications: Iterable[PilotApplication], rules: Rules, year: int) -> dict[int, list[Part]]:
    """Score parts by application, in as many queries for one as for a thousand."""
    rows = list(applications)
    standing = standing_points(institution_ids=[row.institution_id for row in rows])
    reached = youth_reached_permille(year=year)
    return {
        row.pk: score_parts(
            facts=facts_of(application=row, standing=standing.get(row.institution_id, 0), youth_reached=reached),
            rules=rules,
        )
        for row in rows
    }


def suits(*, plan: PilotUsePlan, institution: Organization, province_code: str) -> str:
    """Why an institution does not fit what the supplier asked for; empty when it does."""
    if plan.suitable_kinds and institution.institution_kind not in plan.suitable_kinds:
        return _("The supplier offers this product to other kinds of institution.")
    if plan.suitable_provinces and province_code and province_code not in plan.suitable_provinces:
        return _("The supplier does not offer this product in the province of the site.")
    return ""
