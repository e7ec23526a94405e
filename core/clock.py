"""The database's clock, which alone decides whether something was in time."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """``clock_timestamp()`` of the database, aware, UTC. Moves on within a transaction, unlike ``now()``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    stamp: datetime = row[0]
    return stamp
