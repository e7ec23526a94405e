from celery import Celery
from celery.schedules import crontab

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="periodic")
app.conf.beat_schedule = {
    "core.sweep_uploads": {"task": "core.sweep_uploads", "schedule": crontab(hour=3, minute=40)},
    "core.send_digests": {"task": "core.send_digests", "schedule": crontab(minute="*/10")},
    "core.seal_chains": {"task": "core.seal_chains", "schedule": 300.0},
    "accounts.nightly": {"task": "accounts.nightly", "schedule": crontab(hour=2, minute=10)},
    "products.nightly": {"task": "products.nightly", "schedule": crontab(hour=0, minute=5)},
    "pilots.every_minute": {"task": "pilots.every_minute", "schedule": 60.0},
    "pilots.nightly": {"task": "pilots.nightly", "schedule": crontab(hour=6, minute=0)},
    "matching.every_minute": {"task": "matching.every_minute", "schedule": 30.0},
    "matching.nightly": {"task": "matching.nightly", "schedule": crontab(hour=0, minute=20)},
    "feedback.nightly": {"task": "feedback.nightly", "schedule": crontab(hour=6, minute=30)},
    "overseas.nightly": {"task": "overseas.nightly", "schedule": crontab(hour=6, minute=45)},
}
