"""Where the database and the broker are: given in the environment, else the embedded ones."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from core import embedded


def database(profile: embedded.Profile) -> dict[str, Any]:
    """Django's ``DATABASES`` entry: ``DATABASE_URL`` where set, else the embedded PostgreSQL of the profile."""
    settings: dict[str, Any] = environ.Env.db_url_config(embedded.urls(profile).database_url)
    settings["CONN_MAX_AGE"] = 60
    settings["CONN_HEALTH_CHECKS"] = True
    return settings


def broker_url(profile: embedded.Profile) -> str:
    """The Celery broker, in the spelling that Celery reads: ``REDIS_URL`` where set, else the embedded Valkey."""
    return embedded.urls(profile).broker_url


def cache_url(*, broker: str, wished: str) -> str:
    """The cache's own Redis database: what was wished for, else the next number of the broker's server.

    Clearing the cache empties its whole database, so it must never be the one the queue lives in.
    """
    chosen = wished or _with_next_number(broker)
    if _place(chosen) == _place(broker):
        raise ImproperlyConfigured(
            "CACHE_URL names the Redis database of REDIS_URL: clearing the cache would empty the queue. "
            "Give the cache another number or another server."
        )
    return chosen


def _with_next_number(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{_number(parts.path) + 1}"))


def _number(path: str) -> int:
    number = path.strip("/")
    return int(number) if number.isdigit() else 0


def _place(url: str) -> tuple[str | None, int, int]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 6379, _number(parts.path)
