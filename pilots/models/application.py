from typing import Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, Province, User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from pilots.enums import (
    APPLICATION_EDGES,
    OBJECTION_EDGES,
    ApplicationStatus,
    ExemptReason,
    ObjectionStatus,
    ReviewDecision,
    ReviewReason,
)
from pilots.models.round import PilotRound
from pilots.models.use_plan import PilotUsePlan

PASSED = [ApplicationStatus.REVIEW_PASSED, ApplicationStatus.REVIEW_ADJUSTED]
NOT_COUNTED = [ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN, ApplicationStatus.INVALID]


class ApplicationQuerySet(models.QuerySet["PilotApplication"]):
    def of_institution(self, organization_id: int | None) -> Self:
        return self.filter(institution_id=organization_id)

    def passed(self) -> Self:
        return self.filter(status__in=PASSED)

    def counted(self) -> Self:
        """Applications that stand: submitted, and neither withdrawn nor invalid."""
        return self.exclude(status__in=NOT_COUNTED)

    def under_review(self) -> Self:
        return self.filter(status=ApplicationStatus.UNDER_REVIEW)


@pghistory.track()
class PilotApplication(models.Model):
    """An institution asks to try out a product of the round."""

    number = models.CharField(_("number"), max_length=24, unique=True, null=True, blank=True)
    round = models.ForeignKey(
        PilotRound, on_delete=models.PROTECT, related_name="applications", verbose_name=_("round")
    )
    plan = models.ForeignKey(
        PilotUsePlan, on_delete=models.PROTECT, related_name="applications", verbose_name=_("pilot-use plan")
    )
    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="pilot_applications", verbose_name=_("institution")
    )
    officer = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="pilot_applications", verbose_name=_("officer")
    )
    requested_units = models.PositiveIntegerField(_("units asked for"), default=1)
    min_units = models.PositiveIntegerField(_("fewest units that still help"), default=1)
    priority = models.PositiveSmallIntegerField(_("priority among our applications"), default=1)
    site_name = models.CharField(_("name of the site"), max_length=120, blank=True)
    site_address = models.CharField(_("address of the site"), max_length=300, blank=True)
    site_district = models.CharField(_("district of the site"), max_length=40, blank=True)
    site_province = models.ForeignKey(
        Province,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("province of the site"),
    )
    is_security_site = models.BooleanField(_("security site (address is never published)"), default=False)
    problem = models.TextField(_("present problem"), blank=True)
    use_plan = models.TextField(_("how the product will be used"), blank=True)
    expected_effect = models.TextField(_("expected effect"), blank=True)
    responsible_person = models.CharField(_("person responsible for the use"), max_length=120, blank=True)
    operating_budget_krw = KrwField(_("budget for operation after the pilot"), default=0)
    follow_up_budget_krw = KrwField(_("budget for follow-up purchases"), default=0)
    follow_up_plan = models.TextField(_("plan for follow-up purchases"), blank=True)
    claims = ArrayField(models.CharField(max_length=24), verbose_name=_("claims"), default=list, blank=True)
    is_exempt = models.BooleanField(_("institution determined beforehand (no matching)"), default=False)
    exempt_reason = models.CharField(
        _("why no matching is needed"), max_length=24, choices=ExemptReason, default=ExemptReason.NONE, blank=True
    )
    # An official letter comes as a file, or over the government's document exchange, which gives it a number.
    letter_number = models.CharField(_("number of the official letter"), max_length=60, blank=True)
    letter_on = models.DateField(_("date of the official letter"), null=True, blank=True)
    has_pledged = models.BooleanField(_("pledged to use, report and keep"), default=False)
    status = models.CharField(_("status"), max_length=20, choices=ApplicationStatus, default=ApplicationStatus.DRAFT)
    invalid_reason = models.TextField(_("reason of invalidity"), blank=True)
    approval_requested_at = models.DateTimeField(_("approval asked for at"), null=True, blank=True)
    approval_requested_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approval asked for by"),
    )
    sent_back_at = models.DateTimeField(_("sent back at"), null=True, blank=True)
    sent_back_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent back by")
    )
    sent_back_remark = models.TextField(_("remark of the approver"), blank=True)
    revision = models.PositiveSmallIntegerField(_("revision"), default=0)
    created_at = models.DateTimeField(_("started at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed at"), auto_now=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    reviewed_units = models.PositiveIntegerField(_("units after review"), null=True, blank=True)
    granted_units = models.PositiveIntegerField(_("units granted"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("pilot-use application")
        verbose_name_plural = _("pilot-use applications")
        triggers = lifecycle_triggers("pilot_application", ApplicationStatus.DRAFT, APPLICATION_EDGES)
        constraints = [
            models.UniqueConstraint(
                name="pilotapplication_one_per_institution_and_plan",
                fields=["plan", "institution"],
                condition=~Q(status__in=[ApplicationStatus.WITHDRAWN, ApplicationStatus.INVALID]),
                violation_error_message=_("Your institution already applies for this product in this round."),
            ),
            models.CheckConstraint(
                name="pilotapplication_submitted_at_iff_left_draft",
                condition=Q(status=ApplicationStatus.DRAFT, submitted_at=None, number=None)
                | (~Q(status=ApplicationStatus.DRAFT) & Q(submitted_at__isnull=False, number__isnull=False)),
            ),
            models.CheckConstraint(
                name="pilotapplication_units_in_order",
                condition=Q(min_units__gte=1, requested_units__gte=F("min_units")),
                violation_error_message=_("The fewest units must be between 1 and the units asked for."),
            ),
            models.CheckConstraint(
                name="pilotapplication_reviewed_units_in_range",
                condition=Q(reviewed_units=None) | Q(reviewed_units__gte=1, reviewed_units__lte=F("requested_units")),
            ),
            models.CheckConstraint(
                name="pilotapplication_granted_units_in_range",
                condition=Q(granted_units=None)
                | Q(granted_units__gte=1, reviewed_units__isnull=False, granted_units__lte=F("reviewed_units")),
            ),
            models.CheckConstraint(
                name="pilotapplication_matched_has_units",
                condition=~Q(status__in=[ApplicationStatus.MATCHED, ApplicationStatus.CONFIRMED])
                | Q(granted_units__isnull=False),
            ),
            models.CheckConstraint(
                name="pilotapplication_passed_has_units",
                condition=~Q(status__in=[*PASSED, ApplicationStatus.WAITLISTED]) | Q(reviewed_units__isnull=False),
            ),
            models.CheckConstraint(
                name="pilotapplication_exempt_has_reason",
                condition=Q(is_exempt=False, exempt_reason="") | (Q(is_exempt=True) & ~Q(exempt_reason="")),
                violation_error_message=_("Say why no matching is needed."),
            ),
            models.CheckConstraint(
                name="pilotapplication_sent_back_has_remark_and_waits_for_nobody",
                condition=Q(sent_back_at=None, sent_back_by=None, sent_back_remark="")
                | (
                    Q(sent_back_at__isnull=False, sent_back_by__isnull=False, approval_requested_at=None)
                    & ~Q(sent_back_remark="")
                ),
                violation_error_message=_("Write what the officer should change."),
            ),
        ]
        indexes = [
            models.Index(name="pilotapplication_round_idx", fields=["round", "status", "plan"]),
            models.Index(name="pilotapplication_mine_idx", fields=["institution", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class ApplicationSite(models.Model):
    """A further place of use beside the one that stands in the application itself."""

    application = models.ForeignKey(
        PilotApplication, on_delete=models.CASCADE, related_name="further_sites", verbose_name=_("application")
    )
    name = models.CharField(_("name of the site"), max_length=120)
    address = models.CharField(_("address of the site"), max_length=300)
    district = models.CharField(_("district of the site"), max_length=40, blank=True)
    province = models.ForeignKey(
        Province, on_delete=models.PROTECT, related_name="+", verbose_name=_("province of the site")
    )
    units = models.PositiveIntegerField(_("units at this site"), default=1)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("further site")
        verbose_name_plural = _("further sites")
        constraints = [
            models.CheckConstraint(
                name="applicationsite_units_positive",
                condition=Q(units__gte=1),
                violation_error_message=_("A site has at least one unit."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Interest(models.Model):
    """An institution notes that it would like a product, before or without applying."""

    plan = models.ForeignKey(PilotUsePlan, on_delete=models.CASCADE, related_name="interests", verbose_name=_("plan"))
    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("institution")
    )
    officer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("officer"))
    created_at = models.DateTimeField(_("noted at"), auto_now_add=True)

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        constraints = [models.UniqueConstraint(name="interest_once", fields=["plan", "institution"])]

    def __str__(self) -> str:
        return f"{self.institution_id}→{self.plan_id}"


@pghistory.track()
class ScaleReview(models.Model):
    """The decision on amount and scale of one application, with the score that enters matching."""

    application = models.OneToOneField(
        PilotApplication, on_delete=models.PROTECT, related_name="review", verbose_name=_("application")
    )
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("reviewer"))
    covered_for = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("covering for")
    )
    decision = models.CharField(_("decision"), max_length=16, choices=ReviewDecision)
    reason_code = models.CharField(
        _("reason"), max_length=32, choices=ReviewReason, default=ReviewReason.NONE, blank=True
    )
    message = models.TextField(_("message to the institution"), blank=True)
    # [{"code": "S6", "points": 80, "computed": 80, "why": "...", "reason": ""}], in tenths of a point
    score_parts = models.JSONField(_("parts of the score"), default=list)
    score = models.PositiveIntegerField(_("score in tenths of a point"))
    reviewed_at = models.DateTimeField(_("reviewed at"))
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("amount and scale review")
        verbose_name_plural = _("amount and scale reviews")
        constraints = [
            models.CheckConstraint(
                name="scalereview_reason_unless_passed",
                condition=Q(decision=ReviewDecision.PASS) | ~Q(reason_code=""),
            ),
            models.CheckConstraint(
                name="scalereview_rejection_has_message",
                condition=~Q(decision=ReviewDecision.REJECT) | ~Q(message=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.decision}"


class ReviewQuestion(models.Model):
    """A reviewer's question to an institution, and the answer."""

    application = models.ForeignKey(
        PilotApplication, on_delete=models.CASCADE, related_name="questions", verbose_name=_("application")
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    question = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    due_on = models.DateField(_("answer by"))
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("question of a reviewer")
        verbose_name_plural = _("questions of reviewers")
        constraints = [
            models.CheckConstraint(
                name="reviewquestion_answered_facts",
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} #{self.pk}"


@pghistory.track()
class Objection(models.Model):
    """An institution or a supplier disagrees with a review decision."""

    application = models.ForeignKey(
        PilotApplication, on_delete=models.PROTECT, related_name="objections", verbose_name=_("application")
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("raised by organisation")
    )
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("raised by"))
    text = models.TextField(_("objection"))
    raised_at = models.DateTimeField(_("raised at"), auto_now_add=True)
    status = models.CharField(_("status"), max_length=16, choices=ObjectionStatus, default=ObjectionStatus.OPEN)
    decision_text = models.TextField(_("decision"), blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        triggers = lifecycle_triggers("objection", ObjectionStatus.OPEN, OBJECTION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="objection_decided_facts",
                condition=Q(status=ObjectionStatus.OPEN, decided_at=None, decided_by=None)
                | (~Q(status=ObjectionStatus.OPEN) & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.UniqueConstraint(
                name="objection_one_open_per_side",
                fields=["application", "organization"],
                condition=Q(status=ObjectionStatus.OPEN),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} #{self.pk}"
