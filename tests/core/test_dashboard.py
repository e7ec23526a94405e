import pytest
from django.utils import translation

from accounts.enums import PpsRole
from core import dashboard
from tests.accounts.factories import PpsUserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_two_queues_of_the_home_page_are_called_alike(language):
    everybody = PpsUserFactory(roles=list(PpsRole))

    with translation.override(language):
        titles = [str(queue.title) for queue in dashboard.queues_for(everybody)]

    assert len(titles) > 20
    assert sorted(set(titles)) == sorted(titles)
