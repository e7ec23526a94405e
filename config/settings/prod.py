"""Production: every secret and address from the environment; a missing one stops the start."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, REST_FRAMEWORK, env
from config.settings.services import cache_url

SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASES = {"default": {**env.db_url("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
CELERY_BROKER_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": cache_url(broker=env.str("REDIS_URL"), wished=env.str("CACHE_URL", "")),
        # A server that hangs must not hang every sign-in with it.
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
    }
}

vars().update(env.email_url("EMAIL_URL"))

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
# Container health checks speak plain HTTP to the process itself.
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
# How many proxies stand in front of us: limits count by the address that the first of ours saw, never by what a
# caller wrote into X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 1)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": TRUSTED_PROXIES}
METRICS_NEED_TOKEN = True
IS_DEMO = env.bool("IS_DEMO", False)
if IS_DEMO:
    INSTALLED_APPS = [*INSTALLED_APPS, "demo.apps.DemoConfig"]
DEMO_SKIP_MFA = IS_DEMO and env.bool("DEMO_SKIP_MFA", False)
