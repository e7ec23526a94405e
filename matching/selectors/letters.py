"""The letters of a result: one place words them, for those who read them before they go and for those they go to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Count, F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import MembershipStatus
from accounts.models import Membership
from core.calendar import add_working_days, deadline_at, today
from core.models import Notification
from core.notifications import render
from matching.enums import Fact
from matching.models import Allocation, Explanation, MatchingRun
from matching.selectors import sentences
from pilots.enums import PlanStatus
from pilots.models import PilotUsePlan
from pilots.selectors import rules_of

SAMPLES = 2
LANGUAGES = (("ko", "한국어"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person of an organization is told."""

    kind: str
    url: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """A real letter, before it goes: to whom, and what it says in each language."""

    recipient: str
    texts: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """All letters of one kind: how many go out, to how many people, and a few of them."""

    label: str
    letters: int
    people: int
    samples: list[Sample]


def applicant_letter(*, row: Explanation, offer: Allocation | None, language: str) -> Letter:
    """What an institution is told about one of its applications."""
    application = row.application
    product = application.plan.product.name
    if offer is not None:
        params = {
            "application": application.number,
            "product": product,
            "units": offer.units,
            "requested": offer.requested_units,
            "respond_until": sentences.moment(value=offer.respond_until),
            "reasons": sentences.reasons_in(language=language, row=row) if offer.is_reduced else [],
        }
        return Letter(Fact.OFFER_MADE, f"/my/matches/{offer.pk}/", params)
    kind = Fact.NOT_MATCHED if row.waitlist_position is None else Fact.WAITLISTED
    params = {
        "application": application.number,
        "product": product,
        "position": row.waitlist_position,
        "reasons": sentences.reasons_in(language=language, row=row),
    }
    return Letter(kind, f"/my/matches/outcomes/{row.pk}/", params)


def supplier_letter(*, plan: PilotUsePlan, offers: Sequence[Allocation]) -> Letter:
    """What a supplier is told about its product: the institutions to answer, or that it found nobody."""
    if offers:
        params = {
            "product": plan.product.name,
            "institutions": len(offers),
            "units": sum(offer.units for offer in offers),
            "respond_until": sentences.moment(value=offers[0].respond_until),
        }
        return Letter(Fact.LINE_UP_OFFERED, f"/my/matches/products/{plan.pk}/", params)
    return Letter(Fact.PRODUCT_UNMATCHED, f"/my/matches/products/{plan.pk}/outcome/", {"product": plan.product.name})


def answer_deadline(*, round_id: int) -> datetime:
    """When both sides must have answered an offer told today: working days of the rule set, 18:00 in Seoul."""
    days = rules_of(round_id=round_id).deadline("acceptance")
    return deadline_at(add_working_days(today(), days))


def rows_to_tell(*, run: MatchingRun) -> Any:
    """Applications of a run whose institutions have not been told yet."""
    return (
        Explanation.objects.filter(run=run, told_at=None)
        .select_related("application__institution", "application__plan__product")
        .order_by("pk")
    )


def offers_to_tell(*, run: MatchingRun) -> dict[int, list[Allocation]]:
    """The offers of a run by product, as suppliers are asked to answer them."""
    offers = Allocation.objects.filter(run=run).select_related("application__plan__product").order_by("pk")
    if run.published_at is not None:
        offers = offers.filter(offered_at__lte=run.published_at)
    by_plan: dict[int, list[Allocation]] = defaultdict(list)
    for offer in offers:
        by_plan[offer.application.plan_id].append(offer)
    return dict(by_plan)


def plans_without_offers(*, run: MatchingRun) -> list[PilotUsePlan]:
    """Products that took part in the round and found nobody; a correction tells only whom it concerns."""
    if run.corrects_id is not None:
        return []
    plans = PilotUsePlan.objects.filter(round_id=run.round_id, status=PlanStatus.APPROVED)
    return list(plans.exclude(applications__allocations__run=run).select_related("product", "supplier").order_by("pk"))


def letter_groups(*, run: MatchingRun) -> list[Group]:
    """Every kind of letter that publishing a run sends, with real samples in both languages."""
    by_plan = offers_to_tell(run=run)
    if run.published_at is None:
        # The time to answer begins with the publication, so a letter read today names the deadline of today.
        until = answer_deadline(round_id=run.round_id)
        for offer in chain.from_iterable(by_plan.values()):
            offer.respond_until = until
    offers = {offer.application_id: offer for offer in chain.from_iterable(by_plan.values())}
    rows = rows_to_tell(run=run)
    granted = Q(application__in=list(offers))
    kinds: list[tuple[str, Any]] = [
        (_("Granted in full"), rows.filter(granted, granted__gte=F("requested_units"))),
        (_("Granted with fewer units"), rows.filter(granted, granted__lt=F("requested_units"))),
        (_("On the waitlist"), rows.exclude(granted).filter(waitlist_position__isnull=False)),
        (_("Not matched"), rows.exclude(granted).filter(waitlist_position=None)),
    ]
    groups = [_applicants(label, found, offers) for label, found in kinds]
    return [*groups, *_supplier_groups(run, by_plan)]


def _applicants(label: str, found: Any, offers: dict[int, Allocation]) -> Group:
    organizations = found.order_by().values_list("application__institution_id", flat=True)
    samples = [
        Sample(
            row.application.institution.name,
            [
                _text(language, applicant_letter(row=row, offer=offers.get(row.application_id), language=language))
                for language in LANGUAGES_CODES
            ],
        )
        for row in found[:SAMPLES]
    ]
    return Group(label, found.count(), people_of(organization_ids=organizations), samples)


def _supplier_groups(run: MatchingRun, by_plan: dict[int, list[Allocation]]) -> list[Group]:
    plans = PilotUsePlan.objects.select_related("product", "supplier").in_bulk(list(by_plan))
    with_offers = [(plan, by_plan[key]) for key, plan in sorted(plans.items())]
    without: list[tuple[PilotUsePlan, list[Allocation]]] = [(plan, []) for plan in plans_without_offers(run=run)]
    return [
        _suppliers(_("Suppliers with institutions to answer"), with_offers),
        _suppliers(_("Suppliers whose product found nobody"), without),
    ]


def _suppliers(label: str, found: Sequence[tuple[PilotUsePlan, list[Allocation]]]) -> Group:
    samples = [
        Sample(
            plan.supplier.name,
            [_text(language, supplier_letter(plan=plan, offers=offers)) for language in LANGUAGES_CODES],
        )
        for plan, offers in found[:SAMPLES]
    ]
    people = people_of(organization_ids=[plan.supplier_id for plan, _offers in found])
    return Group(label, len(found), people, samples)


LANGUAGES_CODES = [code for code, _name in LANGUAGES]


def _text(language: str, letter: Letter) -> tuple[str, str, str]:
    """Language, subject and body, exactly as the mail will have them."""
    row = Notification(kind=letter.kind, url=letter.url, params=letter.params)
    with translation.override(language):
        return dict(LANGUAGES)[language], render(row, "subject"), render(row, "body")


def people_of(*, organization_ids: Iterable[int]) -> int:
    """How many people act for these organizations."""
    rows = Membership.objects.filter(
        organization__in=set(organization_ids), status=MembershipStatus.ACTIVE, user__is_active=True
    )
    count: int = rows.aggregate(people=Count("user", distinct=True))["people"]
    return count
