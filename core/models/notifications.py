from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Rhythm(models.TextChoices):
    """When a mail goes out: for each fact at once, or together with others."""

    AT_ONCE = "", _("At once")
    DAILY = "daily", _("In a summary every morning")
    WEEKLY = "weekly", _("In a summary every Monday")


class Notification(models.Model):
    """A fact one person should know: a line in the inbox and, where wanted, a mail. The row is the outbox."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=80)
    params = models.JSONField(_("parameters"), default=dict)
    url = models.CharField(_("link"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    wants_mail = models.BooleanField(_("also by mail"), default=True)
    rhythm = models.CharField(_("when mailed"), max_length=8, choices=Rhythm, default=Rhythm.AT_ONCE, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notification_inbox_idx"),
            models.Index(
                fields=["id"], name="notification_unmailed_idx", condition=Q(mailed_at=None, wants_mail=True)
            ),
            models.Index(
                fields=["recipient", "id"],
                name="notification_digest_idx",
                condition=Q(mailed_at=None, wants_mail=True) & ~Q(rhythm=""),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"


class NotificationPreference(models.Model):
    """Whether and when a person wants mail for a kind of fact. No row means at once."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=80)
    wants_mail = models.BooleanField(_("by mail"), default=True)
    rhythm = models.CharField(_("when mailed"), max_length=8, choices=Rhythm, default=Rhythm.AT_ONCE, blank=True)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [models.UniqueConstraint(name="notificationpreference_once", fields=["owner", "kind"])]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.kind}"
