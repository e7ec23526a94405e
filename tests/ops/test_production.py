"""Production settings, read in a process of their own: what is separate, what is secure, what stops the start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.core.cache.backends.redis import RedisCache
from django.core.exceptions import ImproperlyConfigured

from config.settings.services import cache_url
from core import embedded

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "SECRET_KEY": "k" * 64,
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgres://portal:portal@db.example/portal",
    "REDIS_URL": "redis://:secret@broker.example:6379/0",
    "EMAIL_URL": "smtp+tls://portal:portal@mail.example:587",
}
READ = """
import json
from django.conf import settings
names = %r
print(json.dumps({name: getattr(settings, name) for name in ("DEBUG", *names)}))
"""


def production(*names, **changes):
    environment = {name: value for name, value in os.environ.items() if name not in {"CACHE_URL", "IS_DEMO"}}
    environment |= COMPLETE
    for name, value in changes.items():
        if value is None:
            del environment[name]
        else:
            environment[name] = value
    return subprocess.run(
        [sys.executable, "-c", READ % (names,)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def settings_read():
    answer = production(
        "CACHES",
        "CELERY_BROKER_URL",
        "CONTENT_SECURITY_POLICY",
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_SECURE",
        "CSRF_COOKIE_HTTPONLY",
        "LANGUAGE_COOKIE_SECURE",
        "LANGUAGE_COOKIE_HTTPONLY",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "DEBUG",
        "IS_DEMO",
        "DEMO_SKIP_MFA",
        "ALLAUTH_TRUSTED_PROXY_COUNT",
        "REST_FRAMEWORK",
        "INSTALLED_APPS",
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_cache_and_queue_have_databases_of_their_own(settings_read):
    assert settings_read["CELERY_BROKER_URL"] == "redis://:secret@broker.example:6379/0"
    assert settings_read["CACHES"]["default"]["LOCATION"] == "redis://:secret@broker.example:6379/1"


@pytest.mark.parametrize("wished", ["redis://:other@broker.example/0", "redis://:secret@broker.example:6379"])
def test_a_cache_in_the_database_of_the_queue_stops_the_start(wished):
    answer = production(CACHE_URL=wished)

    assert answer.returncode != 0
    assert "clearing the cache would empty the queue" in answer.stderr


@pytest.mark.parametrize(
    ("broker", "wished", "expected"),
    [
        ("redis://broker.example", "", "redis://broker.example/1"),
        ("rediss://:p@broker.example:6380/3", "", "rediss://:p@broker.example:6380/4"),
        ("redis://broker.example/0", "redis://cache.example/0", "redis://cache.example/0"),
        ("redis://broker.example/0", "redis://broker.example:6380/0", "redis://broker.example:6380/0"),
    ],
)
def test_where_the_cache_goes(broker, wished, expected):
    assert cache_url(broker=broker, wished=wished) == expected


def test_the_same_place_in_other_words_is_still_the_same_place():
    with pytest.raises(ImproperlyConfigured):
        cache_url(broker="redis://broker.example:6379/0", wished="redis://user:pw@broker.example/")


def test_clearing_the_cache_leaves_the_queue_alone():
    """On a real server, with Django's own cache and the command that it uses."""
    services = embedded.ensure("test")
    if not services.redis_url.startswith("unix://"):
        queue_url = services.redis_url
        cache = cache_url(broker=queue_url, wished="")
    else:
        queue_url, cache = f"{services.redis_url}?db=8", f"{services.redis_url}?db=9"
    queue = redis.Redis.from_url(queue_url)
    try:
        queue.rpush("queue-of-this-test", "message")
        backend = RedisCache(cache, {})
        backend.set("kept", 1)
        backend.clear()
        assert backend.get("kept") is None
        assert queue.lrange("queue-of-this-test", 0, -1) == [b"message"]
    finally:
        queue.delete("queue-of-this-test")
        queue.close()


def test_cookies_travel_only_encrypted_and_out_of_reach_of_scripts(settings_read):
    names = [name for name in settings_read if name.endswith(("_COOKIE_SECURE", "_COOKIE_HTTPONLY"))]

    assert len(names) == 6
    assert all(settings_read[name] for name in names)
    assert settings_read["SECURE_SSL_REDIRECT"]
    assert settings_read["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_nothing_inline_and_nothing_from_elsewhere(settings_read):
    text = str(settings_read["CONTENT_SECURITY_POLICY"])

    assert "unsafe" not in text
    assert "http" not in text
    assert settings_read["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["default-src"] == ["'self'"]


def test_a_demonstration_is_asked_for_in_words(settings_read):
    assert not settings_read["DEBUG"]
    assert not settings_read["IS_DEMO"]
    assert not settings_read["DEMO_SKIP_MFA"]
    assert not any(name.startswith("demo") for name in settings_read["INSTALLED_APPS"])


def test_the_second_factor_stays_where_a_demonstration_does_not_say_otherwise():
    answer = production("DEMO_SKIP_MFA", DEMO_SKIP_MFA="1")

    assert json.loads(answer.stdout)["DEMO_SKIP_MFA"] is False


def test_limits_count_by_the_address_that_our_own_proxy_saw(settings_read):
    assert settings_read["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert settings_read["REST_FRAMEWORK"]["NUM_PROXIES"] == 1


@pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"DJANGO_SETTINGS_MODULE"}))
def test_a_missing_secret_or_address_stops_the_start_and_is_named(name):
    answer = production(**{name: None})

    assert answer.returncode != 0
    assert name in answer.stderr
