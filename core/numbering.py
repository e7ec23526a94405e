"""Numbers without gaps."""

from django.db import connection, transaction


@transaction.atomic
def next_number(key: str) -> int:
    """The next number of ``key``, starting at 1. The counter stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_counter (key, last) VALUES (%s, 1) "
            "ON CONFLICT (key) DO UPDATE SET last = core_counter.last + 1 RETURNING last",
            [key],
        )
        number: int = cursor.fetchone()[0]
    return number
