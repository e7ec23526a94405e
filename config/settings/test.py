"""Tests: a cluster of their own, fast hashes, nothing sent, missing template variables are errors."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, REST_FRAMEWORK, STORAGES, VAR_DIR, env
from config.settings.services import broker_url, database

# Kept out of production: they watch over migrations.
INSTALLED_APPS = [*INSTALLED_APPS, "demo.apps.DemoConfig", "django_linear_migrations", "django_migration_linter"]

SECRET_KEY = "test"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": database("test")}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", "test_innovation_market")}
CELERY_BROKER_URL = broker_url("test")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Demo sign-ins without a second factor, as on a machine of a developer; tests of the second factor switch it off.
DEMO_SKIP_MFA = True
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
MEDIA_ROOT = VAR_DIR / "test" / "media"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
