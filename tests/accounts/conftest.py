from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.utils import translation

from accounts.models import User
from core.models import StoredFile


@pytest.fixture(autouse=True)
def _no_rate_limit_left_over() -> None:
    """The sign-in library counts mails and attempts per address in the cache."""
    cache.clear()


@pytest.fixture(autouse=True)
def _refusals_in_english() -> Iterator[None]:
    """Tests quote the source texts; pages still speak the language of their request."""
    with translation.override("en"):
        yield


@pytest.fixture
def stored_file(settings, tmp_path) -> Callable[[User], StoredFile]:
    """An upload of somebody that no case has taken yet."""
    settings.MEDIA_ROOT = tmp_path

    def make(owner: User) -> StoredFile:
        stored = StoredFile(
            original_name="사업자등록증.pdf",
            content_type="application/pdf",
            size_bytes=8,
            sha256="0" * 64,
            purpose="accounts.registration",
            uploaded_by=owner,
        )
        stored.file.save("", ContentFile(b"%PDF-1.7"), save=False)
        stored.save(force_insert=True)
        return stored

    return make
