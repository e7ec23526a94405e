from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation
from django.utils.formats import localize

from core.templatetags.ui import kdatetime


@pytest.mark.parametrize("language", ["ko", "en"])
def test_django_writes_times_as_the_pages_do(language):
    moment = datetime(2026, 1, 28, 0, 4, tzinfo=UTC)

    with translation.override(language):
        assert localize(timezone.localtime(moment)) == "2026-01-28 09:04" == kdatetime(moment)
        assert localize(timezone.localdate(moment)) == "2026-01-28"
