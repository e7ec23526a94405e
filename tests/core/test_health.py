"""The health page answers, whatever is wrong with the broker."""

import socket
import time

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def mute(tmp_path):
    """A server that takes connections and never says a word, as a broker that hangs does."""
    path = tmp_path / "mute.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield f"redis+socket://{path}"


def test_a_broker_that_hangs_is_not_reachable_within_seconds(client, settings, mute):
    settings.CELERY_BROKER_URL = mute
    began = time.monotonic()

    answer = client.get(reverse("core:health"))

    assert (answer.status_code, answer.json()["broker"]) == (503, "not reachable")
    assert time.monotonic() - began < 20


def test_a_broker_that_is_gone_is_not_reachable(client, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path / 'gone.sock'}"

    assert client.get(reverse("core:health")).json()["broker"] == "not reachable"
