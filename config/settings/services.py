"""Where the database and the broker are: given in the environment, else the embedded ones."""

from typing import Any

import environ

from core import embedded

env = environ.Env()
DATABASE_NAME = "innovation_market"


def database(profile: str) -> dict[str, Any]:
    """Django's ``DATABASES`` entry: ``DATABASE_URL`` where set, else the embedded PostgreSQL of the profile."""
    url = env.str("DATABASE_URL", "") or embedded.urls(profile).database_url
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    settings["CONN_MAX_AGE"] = 60
    settings["CONN_HEALTH_CHECKS"] = True
    return settings


def broker_url(profile: str) -> str:
    """The Celery broker: ``REDIS_URL`` where set, else the embedded Valkey of the profile."""
    url = env.str("REDIS_URL", "") or embedded.urls(profile).redis_url
    return str(url)
