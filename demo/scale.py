"""How large the invented world is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of the world; rounds are told apart by their place in the year.

    ``ordinary_plans`` went all the way to the verdict, ``running_plans`` are delivered and in use now. The large round
    (none where ``large_plans`` is 0) is reviewed and frozen for matching. ``institutions`` take part; ``registered``
    is how many the master table knows, where those are more.
    """

    products: int
    suppliers: int
    institutions: int
    ordinary_plans: int
    running_plans: int
    review_plans: int
    review_applications: int
    open_plans: int
    open_applications: int
    abroad: int
    large_plans: int = 0
    large_applications: int = 0
    registered: int = 0


SCALES = {
    "tiny": Scale(96, 8, 12, 0, 0, 3, 10, 4, 4, 16),
    "demo": Scale(240, 60, 120, 36, 21, 12, 40, 12, 24, 24),
    "programme": Scale(2280, 500, 456, 36, 21, 12, 40, 12, 24, 30, 268, 1600),
    "koneps": Scale(20_000, 5000, 456, 36, 21, 12, 40, 12, 24, 30, 268, 1600, 60_000),
}
