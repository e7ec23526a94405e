"""How large the invented world is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of the world; rounds are told apart by their place in the year."""

    products: int
    suppliers: int
    institutions: int
    ordinary_plans: int
    review_plans: int
    review_applications: int
    open_plans: int
    open_applications: int
    abroad: int


SCALES = {
    "tiny": Scale(96, 8, 12, 0, 3, 10, 3, 4, 16),
    "demo": Scale(240, 60, 120, 16, 12, 40, 12, 24, 24),
    "programme": Scale(2280, 500, 456, 16, 268, 1600, 12, 24, 30),
    "koneps": Scale(20_000, 5000, 60_000, 16, 268, 1600, 12, 24, 30),
}
