import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from overseas.enums import CALL_EDGES, CallStatus, DemandSource
from pilots.models import PilotRound, Track


@pghistory.track()
class OverseasCall(models.Model):
    """A call for demonstrations abroad, paid from the overseas track of a round."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    round = models.ForeignKey(
        PilotRound, on_delete=models.PROTECT, related_name="overseas_calls", verbose_name=_("round")
    )
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+", verbose_name=_("track"))
    demand_source = models.CharField(_("demand source"), max_length=24, choices=DemandSource)
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="partnered_calls",
        verbose_name=_("partner agency"),
    )
    title_ko = models.CharField(_("title in Korean"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200)
    body_ko = models.TextField(_("text in Korean"))
    body_en = models.TextField(_("text in English"))
    ceiling_krw = KrwField(_("ceiling per application (won)"))
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    status = models.CharField(_("status"), max_length=16, choices=CallStatus, default=CallStatus.DRAFT)
    decided_at = models.DateTimeField(_("selection published at"), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("overseas call")
        verbose_name_plural = _("overseas calls")
        triggers = lifecycle_triggers("overseas_call", CallStatus.DRAFT, CALL_EDGES)
        constraints = [
            models.CheckConstraint(
                name="overseascall_times_in_order",
                condition=Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The opening must be before the closing."),
            ),
            models.CheckConstraint(
                name="overseascall_decided_at_iff_decided",
                condition=Q(status=CallStatus.DECIDED, decided_at__isnull=False)
                | (~Q(status=CallStatus.DECIDED) & Q(decided_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def title(self) -> str:
        return self.title_en if get_language() == "en" else self.title_ko

    @property
    def body(self) -> str:
        return self.body_en if get_language() == "en" else self.body_ko
