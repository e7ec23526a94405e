"""From facts about an application to points, each with a code and a reason that can be read out.

The preferences S1 to S12 are described in docs/programme.md. S1 (the proposer's district first) is no matter of
points: it orders the instance. S11 (spread between institutions) breaks ties.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pilots.rules.schema import Rules

TECHNOLOGY_TRACKS = frozenset({"new_growth", "technology_lead"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one application when it is scored."""

    track: str
    priority: int
    amount_krw: int
    follow_up_budget_krw: int = 0
    standing_points: int = 0
    is_local_rnd: bool = False
    is_safety_equipment: bool = False
    is_safety_institution: bool = False
    is_daily_life: bool = False
    is_rural: bool = False
    is_policy_demand: bool = False
    is_youth_startup: bool = False
    is_overseas: bool = False
    youth_reached_permille: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Points of one preference, in tenths."""

    code: str
    points: int


def score_parts(*, facts: Facts, rules: Rules) -> list[Part]:
    """Every preference that says something about this application, in a fixed order.

    Zero points are kept where the preference applies but the facts earn nothing, so that a reader sees that.
    """
    scoring, weights = rules.scoring, rules.scoring.weights
    parts = [Part("BASE", scoring.base), Part("RANK", _rank(facts.priority, scoring.ranks))]
    if facts.track in scoring.tracks:
        parts.append(Part("S4" if facts.track in TECHNOLOGY_TRACKS else "S5", scoring.tracks[facts.track]))
    simple = {
        "S2": facts.is_local_rnd,
        "S3": facts.is_safety_equipment and facts.is_safety_institution,
        "S8": facts.is_daily_life and facts.is_rural,
        "S9": facts.is_policy_demand,
    }
    parts += [Part(code, weights[code] if earned else 0) for code, earned in simple.items() if weights[code]]
    if weights["S6"]:
        parts.append(Part("S6", _follow_up(facts, weights["S6"], scoring.follow_up_permille)))
    if weights["S7"]:
        bounded = max(-scoring.standing_limit, min(scoring.standing_limit, facts.standing_points))
        parts.append(Part("S7", weights["S7"] * bounded))
    if weights["S10"]:
        parts.append(Part("S10", _youth(facts, weights["S10"], rules.youth_permille)))
    if weights["S12"] and facts.is_overseas:
        parts.append(Part("S12", weights["S12"] if facts.follow_up_budget_krw else 0))
    return sorted(parts, key=lambda part: _ORDER.index(part.code))


_ORDER = ("BASE", "RANK", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S12")


def _rank(priority: int, ranks: Sequence[int]) -> int:
    return ranks[priority - 1] if 1 <= priority <= len(ranks) else 0


def _follow_up(facts: Facts, weight: int, permille: int) -> int:
    """Full points once the secured budget reaches ``permille`` of the amount asked for, in proportion below."""
    wanted = facts.amount_krw * permille
    if wanted <= 0:
        return 0
    return min(weight, weight * facts.follow_up_budget_krw * 1000 // wanted)


def _youth(facts: Facts, weight: int, target: int) -> int:
    """Points for youth startups shrink as the year's share nears its target, and are gone when it is met."""
    if not facts.is_youth_startup or target <= 0:
        return 0
    return weight * max(0, target - facts.youth_reached_permille) // target


def total(parts: Sequence[Part]) -> int:
    """The score in tenths of a point; deductions never make it negative."""
    return max(0, sum(part.points for part in parts))
