"""The steps of the journey in their order."""

from tests.e2e.steps import abroad, designation, matching, pilot, use
from tests.e2e.walk import Step

JOURNEY: list[Step] = [*designation.STEPS, *pilot.STEPS, *matching.STEPS, *use.STEPS, *abroad.STEPS]
