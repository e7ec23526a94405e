"""A developer's machine: embedded services unless addresses are given, mail to files, demo sign-ins."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, STORAGES, VAR_DIR, env
from config.settings.services import broker_url, database

DEBUG = env.bool("DEBUG", False)
# Not a secret: this file is only for a machine of one's own, and the portal says so on every page.
SECRET_KEY = "development-only"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

DATABASES = {"default": database("dev")}
CELERY_BROKER_URL = broker_url("dev")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
MAIL_DIR = str(VAR_DIR / "mail")
EMAIL_FILE_PATH = MAIL_DIR

IS_DEMO = True
INSTALLED_APPS = [*INSTALLED_APPS, "demo.apps.DemoConfig"]
DEMO_SKIP_MFA = True
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
