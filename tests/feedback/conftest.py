import pytest

from tests.feedback.factories import make_world


@pytest.fixture
def world(db):
    """A freshly opened use with its people."""
    return make_world()
