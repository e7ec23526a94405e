"""Hash chains over append-only tables.

Rows are append-only from the moment they are inserted. A single sealer links them in batches, so that nobody waits for
a lock at a busy closing minute. ``verify`` recomputes everything from the rows.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, Max, OuterRef

from core.models import Seal

GENESIS = "0" * 64
_SEALER_LOCK = 7_304_112
NEAR = 10_000


@dataclass(frozen=True, slots=True)
class Chain:
    """An append-only table and the columns that its seals cover."""

    name: str
    model: type[models.Model]
    fields: tuple[str, ...]


REGISTRY: dict[str, Chain] = {}


def register_chain(name: str, model: type[models.Model], *, fields: Sequence[str]) -> None:
    """Make ``model`` a sealed chain; called once, from the app's ``ready``."""
    REGISTRY[name] = Chain(name, model, tuple(fields))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def row_hash(chain: Chain, row: models.Model) -> str:
    """SHA-256 of the sealed columns as canonical JSON (sorted keys, UTF-8, no spaces)."""
    content = {"id": row.pk, **{name: _plain(getattr(row, name)) for name in chain.fields}}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, hashed: str) -> str:
    """The running hash after one more row."""
    return hashlib.sha256(f"{previous}{hashed}".encode()).hexdigest()


@transaction.atomic
def seal(*, name: str, batch: int = 2000, is_thorough: bool = True) -> int:
    """Seal up to ``batch`` unsealed rows of a chain, oldest identifier first; returns how many.

    Args:
        name: the chain.
        batch: the most rows to seal in one transaction.
        is_thorough: look through the whole table; otherwise only near its end, which costs the same however long the
            table is and finds all but rows of transactions that outlived ``NEAR`` later ones.

    Only one sealer works at a time (a transaction-level advisory lock); a second one returns 0 at once. A row whose
    transaction commits late is sealed later, after rows with higher identifiers: the position, not the identifier,
    is the order of the chain.
    """
    chain = REGISTRY[name]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_SEALER_LOCK, name])
        if not cursor.fetchone()[0]:
            return 0
    tip = Seal.objects.filter(chain=name).order_by("-position").first()
    position, running = (tip.position, tip.chain_hash) if tip else (0, GENESIS)
    seals = []
    rows = _unsealed(chain)
    if not is_thorough:
        newest = Seal.objects.filter(chain=name).aggregate(newest=Max("row_id"))["newest"] or 0
        rows = rows.filter(pk__gt=newest - NEAR)
    for row in rows[:batch]:
        position += 1
        hashed = row_hash(chain, row)
        running = link(running, hashed)
        seals.append(Seal(chain=name, position=position, row_id=row.pk, row_hash=hashed, chain_hash=running))
    Seal.objects.bulk_create(seals)
    return len(seals)


def _unsealed(chain: Chain) -> models.QuerySet[Any]:
    sealed = Seal.objects.filter(chain=chain.name, row_id=OuterRef("pk"))
    return chain.model._default_manager.filter(~Exists(sealed)).order_by("pk")


def seal_all(*, is_thorough: bool = True) -> int:
    """Seal what is waiting in every chain; see ``seal``."""
    return sum(seal(name=name, is_thorough=is_thorough) for name in REGISTRY)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify`` found: rows proved, rows not yet sealed, and the first broken place, if any."""

    chain: str
    sealed: int
    unsealed: int
    fault: str = ""


def verify(*, name: str) -> Verdict:
    """Recompute a chain from its rows and compare every link."""
    chain = REGISTRY[name]
    running, expected = GENESIS, 0
    for seal_row, row in _walk(chain):
        expected += 1
        where = f"{name} position {seal_row.position}, row {seal_row.row_id}"
        if seal_row.position != expected:
            return Verdict(name, expected - 1, 0, f"{where}: position {expected} is missing")
        if row is None:
            return Verdict(name, expected - 1, 0, f"{where}: the row is gone")
        hashed = row_hash(chain, row)
        running = link(running, hashed)
        if hashed != seal_row.row_hash:
            return Verdict(name, expected - 1, 0, f"{where}: the row was changed after it was sealed")
        if running != seal_row.chain_hash:
            return Verdict(name, expected - 1, 0, f"{where}: the link does not follow from the one before")
    return Verdict(name, expected, _unsealed(chain).count())


def _walk(chain: Chain, size: int = 2000) -> Iterator[tuple[Seal, models.Model | None]]:
    last = Seal.objects.filter(chain=chain.name).aggregate(last=Max("position"))["last"] or 0
    for start in range(0, last, size):
        seals = list(
            Seal.objects.filter(chain=chain.name, position__gt=start, position__lte=start + size).order_by("position")
        )
        rows = chain.model._default_manager.in_bulk([seal_row.row_id for seal_row in seals])
        for seal_row in seals:
            yield seal_row, rows.get(seal_row.row_id)
