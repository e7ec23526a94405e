"""One product along the whole programme, through the pages that people use.

Each step looks for what the step before it left to the next person, so a skipped step fails the one after it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.cast import Journey, gather
from tests.e2e.pages import Person
from tests.e2e.steps import abroad, designation, matching, pilot, use

pytestmark = pytest.mark.browser

STEPS: list[Callable[[Journey], None]] = [
    *designation.STEPS,
    *pilot.STEPS,
    *matching.STEPS,
    *use.STEPS,
    *abroad.STEPS,
]


@pytest.mark.timeout(900)
def test_one_product_walks_the_whole_programme(
    meet: Callable[..., Person], run_outbox: Callable[[], int], tmp_path: Path
) -> None:
    journey = gather(meet, run_outbox, tmp_path)
    for step in STEPS:
        step(journey)
    assert [person.faults for person in journey.people if person.faults] == []
