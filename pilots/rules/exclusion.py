"""Which products a rule set keeps out because they were purchased for a pilot before."""

from collections.abc import Iterable
from dataclasses import dataclass

from pilots.rules.schema import Rules


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier purchase: at home (``pilot``) or abroad (``overseas``), and what came of it, if judged."""

    kind: str
    outcome: str = ""


def is_excluded(*, earlier: Iterable[Earlier], is_overseas: bool, rules: Rules) -> bool:
    """Whether earlier domestic pilots keep the product out of this purchase.

    Overseas purchases never count against a product. Since 2024 a product may go abroad whatever it did at home; since
    2026 one whose pilot was judged insufficient gets a second chance (docs/programme.md).
    """
    if not rules.exclusions.earlier_pilot or (is_overseas and rules.exclusions.exempt_overseas):
        return False
    domestic = [row for row in earlier if row.kind == "pilot"]
    if rules.exclusions.second_chance:
        domestic = [row for row in domestic if row.outcome != "insufficient"]
    return bool(domestic)
