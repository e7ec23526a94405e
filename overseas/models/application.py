from typing import Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.perms import is_pps, organization_of
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from overseas.enums import OVERSEAS_EDGES
from overseas.enums import OverseasStatus as S
from overseas.models.call import OverseasCall
from overseas.models.country import Country
from products.models import Product

BEFORE_NUMBER = [S.DRAFT]


class OverseasApplicationQuerySet(models.QuerySet["OverseasApplication"]):
    def visible_to(self, actor: User) -> Self:
        """PPS sees what was submitted; a company sees its own; a partner agency what its calls received."""
        if is_pps(actor):
            return self.exclude(status=S.DRAFT)
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        return self.filter(Q(supplier=organization) | (Q(call__partner=organization) & ~Q(status=S.DRAFT)))


@pghistory.track()
class OverseasApplication(models.Model):
    """A company asks to demonstrate a product at an institution abroad."""

    number = models.CharField(_("number"), max_length=24, unique=True, null=True, blank=True)
    call = models.ForeignKey(
        OverseasCall, on_delete=models.PROTECT, related_name="applications", verbose_name=_("overseas call")
    )
    supplier = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="overseas_applications", verbose_name=_("supplier")
    )
    officer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("applied by"))
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="overseas_applications", verbose_name=_("product")
    )
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="+", verbose_name=_("country"))
    institution_name = models.CharField(_("institution abroad"), max_length=200)
    institution_name_local = models.CharField(_("its local name"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact person there"), max_length=100)
    contact_email = models.EmailField(_("their e-mail"))
    site = models.CharField(_("site"), max_length=300)
    problem = models.TextField(_("local problem"))
    use_plan = models.TextField(_("demonstration plan"))
    local_permits = models.TextField(_("local permits and logistics"), blank=True)
    expected_follow_up = models.TextField(_("expected follow-up orders"), blank=True)
    oda_project = models.CharField(_("linked ODA project"), max_length=120, blank=True)
    units = models.PositiveIntegerField(_("units"))
    unit_price_krw = KrwField(_("unit price (won)"))
    months = models.PositiveSmallIntegerField(_("months of demonstration"), default=6)
    status = models.CharField(_("status"), max_length=16, choices=S, default=S.DRAFT)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    partner_opinion = models.TextField(_("opinion of the partner agency"), blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    proposed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = OverseasApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("overseas application")
        verbose_name_plural = _("overseas applications")
        triggers = lifecycle_triggers("overseas_application", S.DRAFT, OVERSEAS_EDGES)
        constraints = [
            models.CheckConstraint(
                name="overseasapplication_submitted_at_iff_left_draft",
                condition=Q(status=S.DRAFT, submitted_at=None, number=None)
                | (~Q(status=S.DRAFT) & Q(submitted_at__isnull=False, number__isnull=False)),
            ),
            models.CheckConstraint(
                name="overseasapplication_units_and_months", condition=Q(units__gte=1, months__range=(1, 24))
            ),
            models.CheckConstraint(
                name="overseasapplication_decided_by_second_person",
                condition=Q(decided_by=None) | ~Q(status=S.SELECTED) | ~Q(decided_by=models.F("proposed_by")),
            ),
            models.UniqueConstraint(
                name="overseasapplication_one_per_product_and_call",
                fields=["call", "product"],
                condition=~Q(status__in=[S.WITHDRAWN, S.DRAFT]),
                violation_error_message=_("This product already has an application in this call."),
            ),
        ]
        indexes = [models.Index(name="overseasapplication_queue_idx", fields=["status", "-id"])]

    def __str__(self) -> str:
        return f"{self.number or '–'} {self.institution_name}"

    @property
    def amount_krw(self) -> int:
        amount: int = self.units * self.unit_price_krw
        return amount
