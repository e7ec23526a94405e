from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import KrwField
from core.triggers import append_only
from core.workflow import lifecycle_triggers
from pilots.enums import CORRECTION_EDGES, Bucket, CorrectionStatus, LedgerKind
from pilots.models.plan import Track
from pilots.models.round import PilotRound


class BudgetAccount(models.Model):
    """Running balance of a round (no track) or of a track in it.

    The ledger is the truth and this row is its sum: it is what a payer locks, and what lets the
    database itself refuse to spend more than was planned.
    """

    round = models.ForeignKey(PilotRound, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("round"))
    track = models.ForeignKey(
        Track, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("track")
    )
    planned_krw = KrwField(_("planned"), default=0)
    reserved_krw = KrwField(_("reserved"), default=0)
    committed_krw = KrwField(_("committed"), default=0)
    spent_krw = KrwField(_("spent"), default=0)

    class Meta:
        verbose_name = _("budget account")
        verbose_name_plural = _("budget accounts")
        constraints = [
            models.UniqueConstraint(
                name="budgetaccount_once_per_track", fields=["round", "track"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="budgetaccount_never_overdrawn",
                condition=Q(planned_krw__gte=F("reserved_krw") + F("committed_krw") + F("spent_krw")),
                violation_error_message=_("The budget is not sufficient."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.track_id or '*'}"

    @property
    def available_krw(self) -> int:
        left: int = self.planned_krw - self.reserved_krw - self.committed_krw - self.spent_krw
        return left


class LedgerEntry(models.Model):
    """One movement of money; never changed, sealed into the ledger's hash chain."""

    account = models.ForeignKey(
        BudgetAccount, on_delete=models.PROTECT, related_name="entries", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=LedgerKind)
    # Where the amount goes; for a release where it leaves, for a correction what it changes.
    bucket = models.CharField(_("balance"), max_length=16, choices=Bucket)
    amount_krw = models.BigIntegerField(_("amount"))
    reference_type = models.CharField(_("type of the reference"), max_length=64, blank=True)
    reference_id = models.BigIntegerField(_("reference"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)
    idempotency_key = models.CharField(_("key"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        triggers = append_only("ledger_entry")
        constraints = [
            models.CheckConstraint(
                name="ledgerentry_sign_fits_kind",
                condition=(Q(kind__in=[LedgerKind.PLAN, LedgerKind.CORRECTION]) & ~Q(amount_krw=0))
                | (~Q(kind__in=[LedgerKind.PLAN, LedgerKind.CORRECTION]) & Q(amount_krw__gt=0)),
            ),
            models.CheckConstraint(
                name="ledgerentry_correction_has_two_people",
                condition=~Q(kind=LedgerKind.CORRECTION)
                | (Q(actor__isnull=False) & Q(approved_by__isnull=False) & ~Q(actor=F("approved_by"))),
            ),
        ]
        indexes = [
            models.Index(name="ledgerentry_account_idx", fields=["account", "-id"]),
            models.Index(name="ledgerentry_reference_idx", fields=["reference_type", "reference_id"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind} {self.amount_krw}"


class LedgerCorrection(models.Model):
    """A proposed correction of a balance; it becomes a ledger entry when a second person approves it."""

    account = models.ForeignKey(
        BudgetAccount, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("account")
    )
    bucket = models.CharField(_("balance"), max_length=16, choices=Bucket)
    amount_krw = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    status = models.CharField(_("status"), max_length=16, choices=CorrectionStatus, default=CorrectionStatus.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ledger correction")
        verbose_name_plural = _("ledger corrections")
        triggers = lifecycle_triggers("ledger_correction", CorrectionStatus.PROPOSED, CORRECTION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="ledgercorrection_decided_by_another_person",
                condition=Q(status=CorrectionStatus.PROPOSED, decided_by=None, decided_at=None)
                | (
                    ~Q(status=CorrectionStatus.PROPOSED)
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(name="ledgercorrection_changes_something", condition=~Q(amount_krw=0)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.bucket} {self.amount_krw:+d}"
