import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """A task that the current transaction wants run. Rolled back with it; sent only by the relay; done once.

    Sending and working are counted apart: a message that waits in a long queue is sent often and begun never.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(_("task"), max_length=100)
    kwargs = models.JSONField(_("arguments"), default=dict)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    available_at = models.DateTimeField(_("not before"), db_default=Now())
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    send_count = models.PositiveIntegerField(_("times sent"), default=0)
    attempts = models.PositiveIntegerField(_("times begun by a worker"), default=0)
    resend_after_seconds = models.PositiveIntegerField(_("resend after (seconds)"), default=120)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")
        constraints = [
            models.CheckConstraint(name="outboxmessage_one_ending", condition=Q(done_at=None) | Q(failed_at=None)),
        ]
        indexes = [
            models.Index(
                fields=["available_at"], name="outboxmessage_waiting_idx", condition=Q(done_at=None, failed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.id}"
