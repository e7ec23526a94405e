"""How the units of a contract line are spread over its places: whole units, never one more or less than there are."""

from collections.abc import Sequence


def spread(*, units: int, wanted: Sequence[int], at_least: Sequence[int] = ()) -> list[int]:
    """Units per place, filled in the order of the application; what no place wanted goes to the first.

    Args:
        units: what there is to spread.
        wanted: units that each place asked for, the first place first.
        at_least: units that are there already and stay; together at most ``units``.
    """
    given = list(at_least) or [0] * len(wanted)
    left = units - sum(given)
    for number, asked in enumerate(wanted):
        more = max(0, min(asked - given[number], left))
        given[number] += more
        left -= more
    given[0] += left
    return given
