"""How large the invented world is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of the world; rounds are told apart by their place in the year."""

    products: int
    suppliers: int
    institutions: int
    past_plans: int
    past_applications: int
    review_plans: int
    review_applications: int
    open_plans: int
    open_applications: int
    abroad: int


SCALES = {
    "tiny": Scale(24, 8, 12, 5, 14, 3, 8, 3, 6, 6),
    "demo": Scale(240, 60, 120, 24, 84, 12, 40, 12, 24, 18),
    "programme": Scale(2280, 500, 456, 24, 84, 268, 1600, 12, 24, 30),
    "koneps": Scale(20_000, 5000, 60_000, 24, 84, 268, 1600, 12, 24, 30),
}
