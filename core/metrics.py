"""Figures for monitoring, computed from the database when asked, so that every web process tells the same."""

from collections.abc import Iterator

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.chains import REGISTRY
from core.models import Notification, OutboxMessage, Seal


class PortalCollector(Collector):
    """Outbox, mail and chains."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = OutboxMessage.objects.filter(done_at=None, failed_at=None).aggregate(
            count=Count("id"), oldest=Min("created_at")
        )
        age = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
        failed = OutboxMessage.objects.filter(~Q(failed_at=None)).count()
        unmailed = Notification.objects.filter(mailed_at=None, wants_mail=True, rhythm="").count()
        yield GaugeMetricFamily("portal_outbox_waiting", "Outbox messages not done", value=waiting["count"])
        yield GaugeMetricFamily("portal_outbox_oldest_seconds", "Age of the oldest message not done", value=age)
        yield GaugeMetricFamily("portal_outbox_failed", "Outbox messages given up", value=failed)
        yield GaugeMetricFamily("portal_mail_waiting", "Notifications whose mail is not sent", value=unmailed)
        seals = GaugeMetricFamily("portal_chain_sealed", "Sealed rows", labels=["chain"])
        counts = dict(Seal.objects.values_list("chain").annotate(count=Count("id")))
        for name in REGISTRY:
            seals.add_metric([name], counts.get(name, 0))
        yield seals


def exposition() -> bytes:
    """The figures in the Prometheus text format."""
    registry = CollectorRegistry()
    registry.register(PortalCollector())
    return generate_latest(registry)
