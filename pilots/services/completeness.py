"""What is missing before a plan or an application can be submitted, each thing said so that it can be mended."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from core.money import format_krw
from core.uploads import files_of, purposes_of
from pilots.enums import Paper
from pilots.errors import Gap
from pilots.models import PilotApplication, PilotUsePlan, RoundTrack
from pilots.rules.schema import parse
from pilots.selectors.rules import obstacle, suits
from pilots.services.wording import label_of

_PLAN_TEXTS = ("site_requirements", "expected_improvement", "installation", "training", "safety")
_TEXTS = ("site_name", "site_address", "problem", "use_plan", "responsible_person")


def application_gaps(*, application: PilotApplication) -> list[Gap]:
    """Everything that is missing, in the order of the form."""
    papers = set(files_of(target=application).values_list("purpose", flat=True))
    return _gaps(application, papers)


def gaps_of(*, applications: Sequence[PilotApplication]) -> dict[int, list[Gap]]:
    """The same for several applications in one go; their further sites should be prefetched."""
    papers = purposes_of(targets=applications)
    return {row.pk: _gaps(row, papers[str(row.pk)]) for row in applications}


def _gaps(application: PilotApplication, papers: set[str]) -> list[Gap]:
    return [
        *_quantity(application),
        *_sites(application),
        *_texts(application),
        *_papers(application, papers),
    ]


def _quantity(application: PilotApplication) -> Iterator[Gap]:
    plan = application.plan
    rules = parse(application.round.rule_set.body)
    if application.min_units < plan.min_units:
        yield Gap(_("The supplier delivers at least %(count)s units.") % {"count": plan.min_units}, "min_units")
    if application.requested_units > plan.max_units:
        yield Gap(_("The supplier offers at most %(count)s units.") % {"count": plan.max_units}, "requested_units")
    if application.min_units > application.requested_units:
        yield Gap(_("The fewest units must not be above the units asked for."), "min_units")
    if application.priority > rules.max_rank:
        yield Gap(_("Priorities go from 1 to %(count)s.") % {"count": rules.max_rank}, "priority")


def _sites(application: PilotApplication) -> Iterator[Gap]:
    further = list(application.further_sites.all())
    codes = [application.site_province_id or "", *(site.province_id for site in further)]
    for code in dict.fromkeys(codes):
        if reason := suits(plan=application.plan, institution=application.institution, province_code=code):
            yield Gap(reason, "site_province")
            break
    if application.site_province_id is None:
        yield Gap(_("Choose the province of the site."), "site_province")
    if further and sum(site.units for site in further) >= application.requested_units:
        yield Gap(_("The further sites leave no unit for the first one. Ask for more units or lower theirs."), "sites")


def _texts(application: PilotApplication) -> Iterator[Gap]:
    for name in _TEXTS:
        if not getattr(application, name).strip():
            yield Gap(_("Fill in “%(field)s”.") % {"field": label_of(row=application, name=name)}, name)


def _papers(application: PilotApplication, papers: set[str]) -> Iterator[Gap]:
    if application.claims and Paper.EVIDENCE not in papers:
        yield Gap(_("Attach the evidence for your claims."), "evidence")
    if application.is_exempt and not application.exempt_reason:
        yield Gap(_("Say why no matching is needed."), "exempt_reason")
    has_number = application.letter_number.strip() and application.letter_on
    if not has_number and Paper.LETTER not in papers:
        yield Gap(
            _("Attach the official letter, or enter its number and date where it came by document exchange."), "letter"
        )
    if not application.has_pledged:
        yield Gap(_("Agree to the pledge to use the product, report and keep it."), "has_pledged")


def plan_gaps(*, plan: PilotUsePlan) -> list[Gap]:
    """Everything that is missing before a plan can be handed in, in the order of the form."""
    return [*_product(plan), *_price(plan), *_scale(plan), *_plan_texts(plan)]


def _product(plan: PilotUsePlan) -> Iterator[Gap]:
    reason = obstacle(
        product=plan.product,
        pilot_round=plan.round,
        rules=parse(plan.round.rule_set.body),
        pilot_months=plan.pilot_months,
        is_overseas=plan.track.is_overseas,
    )
    if reason:
        yield Gap(reason)
    if not RoundTrack.objects.filter(round=plan.round, track=plan.track).exists():
        yield Gap(_("Choose a track of this round."), "track")


def _price(plan: PilotUsePlan) -> Iterator[Gap]:
    if plan.unit_price_krw < 1:
        if plan.round.is_lease:
            yield Gap(_("Enter the monthly fee of one unit."), "monthly_fee_krw")
        else:
            yield Gap(_("Enter the price of one unit."), "unit_price_krw")
    if not files_of(target=plan, purpose=Paper.PRICE).exists():
        yield Gap(_("Attach the evidence of the price: a contract, a cost calculation or a quotation."), "price")


def _scale(plan: PilotUsePlan) -> Iterator[Gap]:
    ceilings = parse(plan.round.rule_set.body).ceilings
    smallest = plan.smallest_purchase_krw * plan.min_institutions
    if ceilings.product_krw and smallest > ceilings.product_krw:
        yield Gap(
            _("Even the smallest purchase costs %(amount)s, more than the ceiling of %(ceiling)s per product.")
            % {"amount": format_krw(smallest), "ceiling": format_krw(ceilings.product_krw)},
            "min_units",
        )
    if plan.min_units * plan.min_institutions > plan.max_units:
        yield Gap(_("The fewest institutions with the fewest units need more units than you offer."), "max_units")
    most = ceilings.institutions_per_product
    if most and plan.min_institutions > most:
        yield Gap(
            _("This round serves at most %(count)s institutions per product.") % {"count": most}, "min_institutions"
        )


def _plan_texts(plan: PilotUsePlan) -> Iterator[Gap]:
    for name in _PLAN_TEXTS:
        if not getattr(plan, name).strip():
            yield Gap(_("Fill in “%(field)s”.") % {"field": label_of(row=plan, name=name)}, name)
    if not plan.kpis.exists():
        yield Gap(_("Name at least one performance measure with a target and how it is measured."), "kpis")
