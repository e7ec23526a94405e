"""What the institution tells: the result report with public and private parts, the review, the supplier's answers."""

from datetime import date
from typing import Self

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from feedback.enums import (
    IMPROVEMENT_EDGES,
    PUBLICATION_EDGES,
    REPORT_EDGES,
    ContinuePlan,
    ImprovementStatus,
    PublicationStatus,
    PurchaseIntention,
    ReportStatus,
)
from feedback.models.use import AgreedKpi, PilotUse

RATINGS = ("performance", "quality", "convenience", "safety", "maintenance", "price")
STARS = [MinValueValidator(1), MaxValueValidator(5)]
_OPEN = (ReportStatus.DRAFT, ReportStatus.RETURNED)
_SENT = (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED)


def _rating(label: object) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(label, null=True, blank=True, validators=STARS)  # type: ignore[arg-type]


def _rating_in_scale(prefix: str, field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{prefix}_{field}_in_scale",
        condition=Q(**{field: None}) | Q(**{f"{field}__gte": 1, f"{field}__lte": 5}),
        violation_error_message=_("A rating is a whole number from 1 to 5."),
    )


class PilotReportQuerySet(models.QuerySet["PilotReport"]):
    def visible_to(self, actor: User) -> Self:
        """As the use is visible, except that a supplier reads a report only once PPS has accepted it."""
        uses = PilotUse.objects.visible_to(actor)
        reports = self.filter(use__in=uses)
        if actor.is_staff:
            return reports
        return reports.filter(Q(status=ReportStatus.ACCEPTED) | Q(use__institution_id=actor.current_organization_id))

    def unsent(self) -> Self:
        return self.filter(status__in=_OPEN)

    def overdue(self, *, on: date) -> Self:
        return self.unsent().filter(due_on__lt=on)

    def published(self) -> Self:
        """What the public may read: accepted by PPS and released by the institution."""
        return self.filter(status=ReportStatus.ACCEPTED, may_publish=True)


@pghistory.track()
class PilotReport(models.Model):
    """One report per pilot use. ``public_*`` is published on consent; ``private_*`` is for the supplier and PPS."""

    use = models.OneToOneField(PilotUse, on_delete=models.PROTECT, related_name="report", verbose_name=_("pilot use"))
    status = models.CharField(_("status"), max_length=16, choices=ReportStatus, default=ReportStatus.DRAFT)
    due_on = models.DateField(_("due on"))
    used_days = models.PositiveIntegerField(_("days of use"), null=True, blank=True)
    used_hours = models.DecimalField(_("hours of use"), max_digits=9, decimal_places=1, null=True, blank=True)
    user_count = models.PositiveIntegerField(_("people who used it"), null=True, blank=True)
    rating_performance = _rating(_("performance"))
    rating_quality = _rating(_("quality"))
    rating_convenience = _rating(_("convenience"))
    rating_safety = _rating(_("safety"))
    rating_maintenance = _rating(_("maintenance"))
    rating_price = _rating(_("price"))
    satisfaction = _rating(_("satisfaction of users and citizens"))
    public_summary = models.TextField(_("public summary"), blank=True)
    public_strengths = models.TextField(_("what worked well"), blank=True)
    public_limits = models.TextField(_("what other institutions should know"), blank=True)
    private_defects = models.TextField(_("defects and how they were handled"), blank=True)
    private_notes = models.TextField(_("notes to the supplier and PPS"), blank=True)
    purchase_intention = models.CharField(
        _("additional purchase"), max_length=16, choices=PurchaseIntention, blank=True
    )
    purchase_units = models.PositiveIntegerField(_("units to buy"), null=True, blank=True)
    purchase_when = models.CharField(_("when to buy"), max_length=100, blank=True)
    purchase_budget_krw = KrwField(_("budget for it"), null=True, blank=True)
    continue_plan = models.CharField(_("plan for further use"), max_length=16, choices=ContinuePlan, blank=True)
    continue_note = models.TextField(_("how use goes on, or why not"), blank=True)
    may_publish = models.BooleanField(_("consent to publish the public part"), default=False)
    signed_by_name = models.CharField(_("approved in the institution by"), max_length=100, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    is_late = models.BooleanField(_("late"), default=False)
    return_reason = models.TextField(_("reason for the return"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = PilotReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("result report")
        verbose_name_plural = _("result reports")
        triggers = lifecycle_triggers("pilot_report", ReportStatus.DRAFT, REPORT_EDGES)
        constraints = [
            models.CheckConstraint(
                name="pilotreport_submitted_at_iff_left_draft",
                condition=Q(status=ReportStatus.DRAFT, submitted_at=None)
                | (~Q(status=ReportStatus.DRAFT) & Q(submitted_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="pilotreport_complete_once_sent",
                condition=~Q(status__in=_SENT)
                | (
                    Q(**{f"rating_{name}__isnull": False for name in RATINGS}, used_days__isnull=False)
                    & ~Q(public_summary="")
                    & ~Q(purchase_intention="")
                    & ~Q(continue_plan="")
                    & ~Q(signed_by_name="")
                ),
                violation_error_message=_("A submitted report has all ratings, a summary, plans and a signature."),
            ),
            models.CheckConstraint(
                name="pilotreport_return_has_reason",
                condition=~Q(status=ReportStatus.RETURNED) | ~Q(return_reason=""),
                violation_error_message=_("A returned report says what is missing."),
            ),
            models.CheckConstraint(
                name="pilotreport_accepted_iff_decided",
                condition=~Q(status=ReportStatus.ACCEPTED) | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            *[_rating_in_scale("pilotreport", f"rating_{name}") for name in RATINGS],
            _rating_in_scale("pilotreport", "satisfaction"),
        ]
        indexes = [
            # the reminder job and the overdue list
            models.Index(name="pilotreport_due_idx", fields=["due_on"], condition=Q(status__in=("draft", "returned"))),
            # the reading queue of PPS
            models.Index(name="pilotreport_queue_idx", fields=["submitted_at"], condition=Q(status="submitted")),
        ]

    def __str__(self) -> str:
        return f"{self.use_id} {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        """Whether the institution may still write it."""
        return self.status in _OPEN

    @property
    def ratings(self) -> dict[str, int]:
        """The ratings given so far, by name."""
        given = {name: getattr(self, f"rating_{name}") for name in RATINGS}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def rating_rows(self) -> list[tuple[str, int | None]]:
        """Label and value of each rating, in the order of the form."""
        return [
            (str(self._meta.get_field(f"rating_{name}").verbose_name), getattr(self, f"rating_{name}"))  # type: ignore[union-attr]
            for name in RATINGS
        ]

    @property
    def mean_rating_tenths(self) -> int | None:
        """Mean of the six ratings in tenths of a point, rounded down; None while one is missing."""
        given = self.ratings
        return sum(given.values()) * 10 // len(given) if len(given) == len(RATINGS) else None


class ReportKpi(models.Model):
    """The measured end value of an agreed indicator, with its evidence as files."""

    report = models.ForeignKey(PilotReport, on_delete=models.CASCADE, related_name="kpis", verbose_name=_("report"))
    kpi = models.ForeignKey(AgreedKpi, on_delete=models.PROTECT, related_name="results", verbose_name=_("indicator"))
    measured = models.DecimalField(_("measured"), max_digits=20, decimal_places=4, null=True, blank=True)
    note = models.CharField(_("how it was measured"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("indicator result")
        verbose_name_plural = _("indicator results")
        constraints = [models.UniqueConstraint(name="reportkpi_one_per_indicator", fields=["report", "kpi"])]

    def __str__(self) -> str:
        return f"{self.kpi_id}: {self.measured}"

    @property
    def is_met(self) -> bool | None:
        """Whether the target was reached; None while nothing is measured. Needs ``kpi`` loaded."""
        return None if self.measured is None else self.kpi.is_met_by(self.measured)


class ServiceImprovement(models.Model):
    """A public service measured before and after (collected since 2023)."""

    report = models.ForeignKey(
        PilotReport, on_delete=models.CASCADE, related_name="improvements", verbose_name=_("report")
    )
    item = models.CharField(_("service"), max_length=200)
    unit = models.CharField(_("unit"), max_length=50, blank=True)
    before = models.DecimalField(_("before"), max_digits=20, decimal_places=4)
    after = models.DecimalField(_("after"), max_digits=20, decimal_places=4)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("service improvement")
        verbose_name_plural = _("service improvements")

    def __str__(self) -> str:
        return self.item


class ImprovementRequest(models.Model):
    """What the institution asks the supplier to improve; the supplier answers item by item."""

    report = models.ForeignKey(
        PilotReport, on_delete=models.PROTECT, related_name="requests", verbose_name=_("report")
    )
    text = models.TextField(_("request"))
    status = models.CharField(_("status"), max_length=16, choices=ImprovementStatus, default=ImprovementStatus.OPEN)
    owner_name = models.CharField(_("person in charge"), max_length=100, blank=True)
    due_on = models.DateField(_("planned for"), null=True, blank=True)
    answer = models.TextField(_("supplier's answer"), blank=True)
    answered_at = models.DateTimeField(_("answer given at"), null=True, blank=True)

    class Meta:
        verbose_name = _("improvement request")
        verbose_name_plural = _("improvement requests")
        triggers = lifecycle_triggers("improvement_request", ImprovementStatus.OPEN, IMPROVEMENT_EDGES)
        constraints = [
            models.CheckConstraint(
                name="improvementrequest_answer_iff_left_open",
                condition=Q(status=ImprovementStatus.OPEN, answered_at=None)
                | (~Q(status=ImprovementStatus.OPEN) & Q(answered_at__isnull=False) & ~Q(answer="")),
                violation_error_message=_("An answered request says what happens."),
            ),
            models.CheckConstraint(
                name="improvementrequest_accepted_has_plan",
                condition=~Q(status=ImprovementStatus.ACCEPTED) | (Q(due_on__isnull=False) & ~Q(owner_name="")),
                violation_error_message=_("An accepted request has a person in charge and a date."),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class ReportReminder(models.Model):
    """A reminder that was sent: one per report, due date and distance, so that a repeated job sends nothing twice."""

    report = models.ForeignKey(
        PilotReport, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("report")
    )
    due_on = models.DateField(_("due on"))
    days = models.SmallIntegerField(_("working days from the due date"))
    sent_at = models.DateTimeField(_("sent at"), auto_now_add=True)

    class Meta:
        verbose_name = _("report reminder")
        verbose_name_plural = _("report reminders")
        constraints = [models.UniqueConstraint(name="reportreminder_once", fields=["report", "due_on", "days"])]

    def __str__(self) -> str:
        return f"{self.report_id} {self.days:+d}"


class ProductReview(models.Model):
    """Stars and a short public text, written with the report and shown once the report is accepted and released."""

    report = models.OneToOneField(
        PilotReport, on_delete=models.PROTECT, related_name="review", verbose_name=_("report")
    )
    status = models.CharField(_("status"), max_length=16, choices=PublicationStatus, default=PublicationStatus.VISIBLE)
    stars = models.PositiveSmallIntegerField(_("stars"), validators=STARS)
    body = models.CharField(_("review"), max_length=500)
    hidden_reason = models.TextField(_("reason for hiding"), blank=True)
    written_at = models.DateTimeField(_("written at"), auto_now=True)

    class Meta:
        verbose_name = _("product review")
        verbose_name_plural = _("product reviews")
        triggers = lifecycle_triggers("product_review", PublicationStatus.VISIBLE, PUBLICATION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="productreview_stars_in_scale",
                condition=Q(stars__gte=1, stars__lte=5),
                violation_error_message=_("A review gives one to five stars."),
            ),
            models.CheckConstraint(
                name="productreview_hidden_has_reason",
                condition=Q(status=PublicationStatus.VISIBLE) | ~Q(hidden_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars}/5"


class SupplierReply(models.Model):
    """The supplier's right of reply: one text per report, shown beside it."""

    report = models.OneToOneField(
        PilotReport, on_delete=models.PROTECT, related_name="reply", verbose_name=_("report")
    )
    status = models.CharField(_("status"), max_length=16, choices=PublicationStatus, default=PublicationStatus.VISIBLE)
    body = models.TextField(_("reply"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written at"), auto_now_add=True)
    hidden_reason = models.TextField(_("reason for hiding"), blank=True)

    class Meta:
        verbose_name = _("supplier's reply")
        verbose_name_plural = _("suppliers' replies")
        triggers = lifecycle_triggers("supplier_reply", PublicationStatus.VISIBLE, PUBLICATION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="supplierreply_hidden_has_reason",
                condition=Q(status=PublicationStatus.VISIBLE) | ~Q(hidden_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]
