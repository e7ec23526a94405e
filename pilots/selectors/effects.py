"""What a change of rules would do to the last round: which scores and orders move, who meets which limit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.money import format_krw
from pilots.models import PilotApplication, PilotRound, ProductHistory
from pilots.rules.exclusion import Earlier, is_excluded
from pilots.rules.schema import Rules, parse
from pilots.rules.scoring import Part, total
from pilots.selectors.rules import computed_parts


@dataclass(frozen=True, slots=True)
class Effect:
    """A figure of the round under its own rules and under the new ones."""

    label: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Change:
    """An application whose score, or place among those for its product, would be another."""

    application: PilotApplication
    score_before: int
    score_after: int
    place_before: int
    place_after: int
    parts: Sequence[tuple[str, int, int]]

    @property
    def is_moved(self) -> bool:
        return self.place_before != self.place_after


@dataclass(frozen=True, slots=True)
class Limit:
    """A product or an institution that asked for more than a limit allows, before or after."""

    name: str
    rule: str
    asked: str
    before: str
    after: str
    was_above: bool
    is_above: bool


@dataclass(frozen=True, slots=True)
class RuleEffects:
    """Everything the form shows; ``round`` is None as long as nobody has applied for anything."""

    round: PilotRound | None = None
    totals: Sequence[Effect] = ()
    changes: Sequence[Change] = ()
    limits: Sequence[Limit] = ()
    exclusions: Sequence[Effect] = ()

    @property
    def is_neutral(self) -> bool:
        return not (self.changes or self.exclusions or any(row.was_above != row.is_above for row in self.limits))


@dataclass(frozen=True, slots=True)
class _Side:
    """The round under one set of rules."""

    rules: Rules
    parts: Mapping[int, Sequence[Part]]
    places: Mapping[int, int]

    def score(self, pk: int) -> int:
        return total(self.parts[pk])


def _side(rows: Sequence[PilotApplication], rules: Rules, year: int) -> _Side:
    parts = computed_parts(applications=rows, rules=rules, year=year)
    groups: dict[int, list[PilotApplication]] = defaultdict(list)
    for row in rows:
        groups[row.plan_id].append(row)
    places: dict[int, int] = {}
    for members in groups.values():
        ordered = sorted(members, key=lambda row: (-total(parts[row.pk]), row.submitted_at, row.number))
        places.update({row.pk: place for place, row in enumerate(ordered, 1)})
    return _Side(rules, parts, places)


def _changes(rows: Sequence[PilotApplication], before: _Side, after: _Side) -> list[Change]:
    """Applications that differ, those that move first."""
    found = []
    for row in rows:
        old = {part.code: part.points for part in before.parts[row.pk]}
        new = {part.code: part.points for part in after.parts[row.pk]}
        codes = dict.fromkeys([*old, *new])
        moved = [(code, old.get(code, 0), new.get(code, 0)) for code in codes if old.get(code, 0) != new.get(code, 0)]
        if moved or before.places[row.pk] != after.places[row.pk]:
            found.append(
                Change(
                    row,
                    before.score(row.pk),
                    after.score(row.pk),
                    before.places[row.pk],
                    after.places[row.pk],
                    moved,
                )
            )
    return sorted(found, key=lambda change: (not change.is_moved, change.application.number or ""))


def _limit(name: str, rule: str, asked: int, limits: tuple[int | None, int | None], *, is_money: bool) -> Limit | None:
    old, new = limits
    was, now = (bool(limit and asked > limit) for limit in limits)
    if not (was or now):
        return None

    def text(amount: int | None) -> str:
        if amount is None:
            return _("No limit")
        return format_krw(amount) if is_money else f"{amount:,}"

    return Limit(name, rule, text(asked), text(old), text(new), was, now)


def _limits(rows: Sequence[PilotApplication], before: Rules, after: Rules) -> list[Limit]:
    """Products and institutions over a limit under either set of rules; an approved exception stays one."""
    by_plan: dict[int, list[PilotApplication]] = defaultdict(list)
    by_institution: dict[int, list[PilotApplication]] = defaultdict(list)
    for row in rows:
        by_plan[row.plan_id].append(row)
        by_institution[row.institution_id].append(row)
    old, new = before.ceilings, after.ceilings
    found: list[Limit | None] = []
    for members in by_plan.values():
        plan = members[0].plan
        won = sum(row.requested_units * plan.unit_price_krw for row in members)
        money = (plan.ceiling_krw or old.product_krw, plan.ceiling_krw or new.product_krw)
        counts = (old.institutions_per_product, new.institutions_per_product)
        name = plan.product.name
        found.append(_limit(name, _("Amount per product"), won, money, is_money=True))
        found.append(_limit(name, _("Institutions per product"), len(members), counts, is_money=False))
    for members in by_institution.values():
        won = sum(row.requested_units * row.plan.unit_price_krw for row in members)
        name = members[0].institution.name
        money = (old.institution_krw, new.institution_krw)
        counts = (old.institution_products, new.institution_products)
        found.append(_limit(name, _("Amount per institution"), won, money, is_money=True))
        found.append(_limit(name, _("Products per institution"), len(members), counts, is_money=False))
    rows_over = [row for row in found if row is not None]
    return sorted(rows_over, key=lambda row: (row.was_above == row.is_above, row.rule, row.name))


def _history(pilot_round: PilotRound, products: set[int]) -> dict[int, list[Earlier]]:
    history: dict[int, list[Earlier]] = defaultdict(list)
    for past in ProductHistory.objects.filter(product_id__in=products).exclude(reference=pilot_round.number):
        history[past.product_id].append(Earlier(past.kind, past.outcome))
    return history


def _exclusions(
    pilot_round: PilotRound, rows: Sequence[PilotApplication], before: Rules, after: Rules
) -> list[Effect]:
    """Products that one set of rules keeps out and the other does not."""
    names = {row.plan.product_id: (row.plan.product.name, row.plan.track.is_overseas) for row in rows}
    history = _history(pilot_round, set(names))
    words = {True: _("Excluded"), False: _("Admitted")}
    found = []
    for pk, (name, is_overseas) in names.items():
        was, now = (
            is_excluded(earlier=history.get(pk, ()), is_overseas=is_overseas, rules=rules) for rules in (before, after)
        )
        if was != now:
            found.append(Effect(name, words[was], words[now]))
    return sorted(found, key=lambda effect: effect.label)


def _average(side: _Side) -> int:
    return sum(total(parts) for parts in side.parts.values()) // len(side.parts) if side.parts else 0


def _totals(
    rows: Sequence[PilotApplication], sides: tuple[_Side, _Side], limits: Sequence[Limit], changes: Sequence[Change]
) -> list[Effect]:
    old, new = sides
    return [
        Effect(_("Applications"), f"{len(rows):,}", f"{len(rows):,}"),
        Effect(_("Average score in tenths of a point"), f"{_average(old):,}", f"{_average(new):,}"),
        Effect(
            _("Limits that were asked beyond"),
            f"{sum(row.was_above for row in limits):,}",
            f"{sum(row.is_above for row in limits):,}",
        ),
        Effect(
            _("Applications with another score"), "–", f"{sum(c.score_before != c.score_after for c in changes):,}"
        ),
        Effect(_("Applications with another place for their product"), "–", f"{sum(c.is_moved for c in changes):,}"),
        Effect(
            _("Target share for youth startups"),
            f"{old.rules.youth_permille / 10:g} %",
            f"{new.rules.youth_permille / 10:g} %",
        ),
    ]


def rule_effects(*, body: Mapping[str, Any]) -> RuleEffects:
    """What these rules would change about the last round that had applications; computed points on both sides.

    Args:
        body: a rule set that :func:`parse` accepts.
    """
    last = (
        PilotRound.objects.filter(applications__submitted_at__isnull=False)
        .select_related("rule_set")
        .order_by("-year", "-sequence")
        .first()
    )
    if last is None:
        return RuleEffects()
    rows = list(
        PilotApplication.objects.filter(round=last)
        .counted()
        .select_related("plan__product", "plan__track", "plan__supplier", "institution")
        .order_by("number")
    )
    old, new = _side(rows, parse(last.rule_set.body), last.year), _side(rows, parse(body), last.year)
    limits, changes = _limits(rows, old.rules, new.rules), _changes(rows, old, new)
    return RuleEffects(
        round=last,
        totals=_totals(rows, (old, new), limits, changes),
        changes=changes,
        limits=limits,
        exclusions=_exclusions(last, rows, old.rules, new.rules),
    )
