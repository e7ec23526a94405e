from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Organization, User
from accounts.perms import is_pps, organization_of
from core.triggers import append_only
from core.workflow import lifecycle_triggers
from matching.models import Contract
from overseas.enums import DEMONSTRATION_EDGES, Evaluation
from overseas.enums import DemonstrationStatus as S
from overseas.models.application import OverseasApplication


class DemonstrationQuerySet(models.QuerySet["Demonstration"]):
    def visible_to(self, actor: User) -> Self:
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        return self.filter(Q(application__supplier=organization) | Q(application__call__partner=organization))

    def public(self) -> Self:
        """Under contract or further; cancelled ones never."""
        return self.filter(status__in=[S.CONTRACTED, S.IN_USE, S.REPORTED, S.EVALUATING, S.EVALUATED])


@pghistory.track()
class Demonstration(models.Model):
    """A selected product at an institution abroad, from agreement to evaluated test result."""

    application = models.OneToOneField(
        OverseasApplication, on_delete=models.PROTECT, related_name="demonstration", verbose_name=_("application")
    )
    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="demonstrations", verbose_name=_("institution abroad")
    )
    invitation = models.OneToOneField(
        Invitation, on_delete=models.PROTECT, related_name="+", verbose_name=_("invitation"), null=True, blank=True
    )
    contract = models.OneToOneField(
        Contract,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="demonstration",
        verbose_name=_("contract"),
    )
    status = models.CharField(_("status"), max_length=16, choices=S, default=S.AGREEING)
    agreed_by_name = models.CharField(_("agreed by"), max_length=100, blank=True)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    decline_reason = models.TextField(_("reason for ending"), blank=True)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    evaluation = models.CharField(_("evaluation"), max_length=16, choices=Evaluation, blank=True)
    evaluation_summary = models.TextField(_("public summary"), blank=True)
    proposed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    evaluated_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    evaluated_at = models.DateTimeField(_("evaluated at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = DemonstrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("demonstration")
        verbose_name_plural = _("demonstrations")
        triggers = lifecycle_triggers("demonstration", S.AGREEING, DEMONSTRATION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="demonstration_evaluated_complete",
                condition=~Q(status=S.EVALUATED)
                | (Q(evaluated_by__isnull=False, evaluated_at__isnull=False) & ~Q(evaluation="")),
            ),
            models.CheckConstraint(
                name="demonstration_evaluated_by_second_person",
                condition=Q(evaluated_by=None) | ~Q(evaluated_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="demonstration_cancelled_with_reason", condition=~Q(status=S.CANCELLED) | ~Q(decline_reason="")
            ),
        ]
        indexes = [models.Index(name="demonstration_queue_idx", fields=["status", "-id"])]

    def __str__(self) -> str:
        return f"{self.application.number} {self.institution.name}"


class TestResult(models.Model):
    """What the institution abroad reports, in English, through its link. Handed in once, never changed."""

    __test__ = False  # not a test case, whatever pytest thinks

    demonstration = models.OneToOneField(
        Demonstration, on_delete=models.PROTECT, related_name="result", verbose_name=_("demonstration")
    )
    used_from = models.DateField(_("used from"))
    used_until = models.DateField(_("used until"))
    summary = models.TextField(_("what was tested and what came of it"))
    measured = models.TextField(_("measured values"))
    problems = models.TextField(_("problems and wishes"), blank=True)
    rating = models.PositiveSmallIntegerField(_("rating (1 to 5)"))
    wants_more = models.BooleanField(_("plans to adopt more"), default=False)
    may_publish = models.BooleanField(_("may be published"), default=False)
    reporter_name = models.CharField(_("reported by"), max_length=100)
    submitted_at = models.DateTimeField(_("submitted at"))

    class Meta:
        verbose_name = _("test result")
        verbose_name_plural = _("test results")
        triggers = append_only("test_result")
        constraints = [
            models.CheckConstraint(name="testresult_rating_one_to_five", condition=Q(rating__range=(1, 5))),
            models.CheckConstraint(
                name="testresult_period_in_order",
                condition=Q(used_from__lte=F("used_until")),
                violation_error_message=_("The use must end after it began."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demonstration_id} {self.submitted_at:%Y-%m-%d}"


class LocalCertificate(models.Model):
    """A certificate that came of the demonstration abroad."""

    demonstration = models.ForeignKey(
        Demonstration, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("demonstration")
    )
    name = models.CharField(_("name of the certificate"), max_length=200)
    body = models.CharField(_("certifying body"), max_length=200)
    certificate_no = models.CharField(_("certificate no."), max_length=80)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("local certificate")
        verbose_name_plural = _("local certificates")
        constraints = [
            models.UniqueConstraint(name="localcertificate_once", fields=["demonstration", "body", "certificate_no"])
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.certificate_no}"
