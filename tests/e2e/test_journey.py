"""One product along the whole programme, through the pages that people use.

Each step looks for what the step before it left to the next person, and the audit log must hold the traces of every
step: `test_skipped_steps.py` shows that a walk with any step left out fails.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.cast import gather
from tests.e2e.pages import Person
from tests.e2e.steps import JOURNEY
from tests.e2e.walk import walk

pytestmark = pytest.mark.browser


@pytest.mark.timeout(900)
def test_one_product_walks_the_whole_programme(
    meet: Callable[..., Person], run_outbox: Callable[[], int], tmp_path: Path
) -> None:
    journey = gather(meet, run_outbox, tmp_path)
    walk(journey, JOURNEY, whole=JOURNEY)
    assert [person.faults for person in journey.people if person.faults] == []
    assert len({person.user for person in journey.people if person.user}) >= 4
