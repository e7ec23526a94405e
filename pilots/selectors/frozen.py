"""What matching reads of a frozen round."""

import gzip
from typing import Any

from pilots.models import FrozenInstance


def frozen_bytes(*, frozen_id: int) -> bytes:
    """The instance as plain canonical JSON bytes, the ones that the hash covers."""
    return gzip.decompress(bytes(FrozenInstance.objects.values_list("body", flat=True).get(pk=frozen_id)))


def _ids(frozen_id: int, letter: str) -> dict[str, int]:
    ids: dict[str, int] = FrozenInstance.objects.values_list("ids", flat=True).get(pk=frozen_id)
    return {label: key for label, key in ids.items() if label.startswith(letter)}


def frozen_application_ids(*, frozen_id: int) -> dict[str, int]:
    """Which application each identifier stands for."""
    return _ids(frozen_id, "A")


def frozen_plan_ids(*, frozen_id: int) -> dict[str, int]:
    """Which pilot-use plan each product identifier stands for."""
    return _ids(frozen_id, "P")


def frozen_institution_ids(*, frozen_id: int) -> dict[str, int]:
    """Which organization each institution identifier stands for."""
    return _ids(frozen_id, "I")


def frozen_left_out(*, frozen_id: int) -> list[dict[str, Any]]:
    """Applications that passed the review but stay outside the instance, and why."""
    rows: list[dict[str, Any]] = FrozenInstance.objects.values_list("left_out", flat=True).get(pk=frozen_id)
    return rows
