"""Where the database and the broker are: given in the environment, else the embedded ones."""

from typing import Any

import environ

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
