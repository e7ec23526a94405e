from datetime import date, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from core.models import StoredFile
from pilots.enums import AnnualPlanStatus, ApplicationStatus, Comparison, Paper, PlanStatus, RoundStatus
from pilots.models import (
    AnnualPlan,
    BudgetAccount,
    PilotApplication,
    PilotRound,
    PilotUsePlan,
    PlanKpi,
    PlanTrack,
    RoundTrack,
    RuleSet,
    ScaleReview,
    Track,
)
from pilots.rules.schema import fingerprint
from pilots.services.scheduling import TrackBudget, open_accounts
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.products.factories import ProductFactory

A, P, R = ApplicationStatus, PlanStatus, RoundStatus


def rule_body(**changes):
    """A small valid rule set; keyword arguments replace whole sections, dictionaries are merged."""
    body = {
        "format": "pilot-rules/1",
        "ceilings": {
            "product_krw": 300_000_000,
            "institution_krw": None,
            "institution_products": None,
            "institutions_per_product": 5,
        },
        "min_institutions": 1,
        "youth_permille": 0,
        "neighborhood_first": True,
        "exclusions": {"earlier_pilot": True, "exempt_overseas": True, "second_chance": False},
        "scoring": {
            "base": 500,
            "ranks": [100, 60, 30],
            "tracks": {},
            "weights": {"S2": 50, "S3": 80, "S6": 100, "S7": 5, "S8": 40, "S9": 40, "S10": 60, "S12": 0},
            "follow_up_permille": 500,
            "standing_limit": 10,
        },
        "tie_breaks": ["tier", "score", "follow_up_budget", "fewer_awards", "submitted_at", "number"],
        "deadlines": {
            "plan_correction": 5,
            "review": 10,
            "question": 5,
            "objection": 10,
            "matching": 10,
            "acceptance": 5,
            "contract": 20,
            "inspection": 10,
            "report": 10,
            "verdict": 20,
            "transfer": 20,
        },
        "max_rank": 10,
        "waitlist_per_product": 3,
        "sources": {},
    }
    for key, value in changes.items():
        body[key] = {**body[key], **value} if isinstance(value, dict) else value
    return body


def walk(row, *states):
    """Take a row along legal edges, as the triggers demand, without the services."""
    for state in states:
        type(row)._default_manager.filter(pk=row.pk).update(status=state)
    if states:
        row.status = states[-1]


class TrackFactory(DjangoModelFactory[Track]):
    class Meta:
        model = Track
        django_get_or_create = ["code"]

    code = "new_growth"
    name_ko = "신성장·신산업"
    name_en = "New growth and new industries"


class RuleSetFactory(DjangoModelFactory[RuleSet]):
    """Pass ``body=rule_body(...)`` for other rules."""

    class Meta:
        model = RuleSet

    name = factory.Sequence(lambda n: f"시험 규칙 {n}")
    effective_on = date(2026, 1, 1)
    body = factory.LazyFunction(rule_body)
    sha256 = factory.LazyAttribute(lambda o: fingerprint(o.body))


class AnnualPlanFactory(DjangoModelFactory[AnnualPlan]):
    class Meta:
        model = AnnualPlan
        skip_postgeneration_save = True

    year = factory.Sequence(lambda n: 2100 + n)
    total_krw = 83_900_000_000

    @factory.post_generation
    def track_budget(self, create, extracted, **kwargs):
        if create:
            PlanTrack.objects.create(plan=self, track=TrackFactory(), amount_krw=extracted or self.total_krw)

    @factory.post_generation
    def confirmed(self, create, extracted, **kwargs):
        if create and extracted is not False:
            self.confirmed_on = date(2025, 12, 18)
            AnnualPlan.objects.filter(pk=self.pk).update(
                status=AnnualPlanStatus.CONFIRMED, confirmed_on=self.confirmed_on
            )
            self.status = AnnualPlanStatus.CONFIRMED


def _hours(count):
    return factory.LazyFunction(lambda: timezone.now() + timedelta(hours=count))


def _times(*hours):
    names = ("intake_opens_at", "intake_closes_at", "opens_at", "closes_at")
    return {name: _hours(count) for name, count in zip(names, hours, strict=True)}


def _reach(row, wanted, stages, path):
    """Walk as far as the last stage that was asked for."""
    reached = [name for name in stages if wanted.get(name)]
    if reached:
        walk(row, *path[: stages.index(reached[-1]) + 1])


class RoundFactory(DjangoModelFactory[PilotRound]):
    """A planned round of 10 billion won in one track, with its accounts.

    ``intake=True``, ``open=True``, ``closed=True``, ``reviewing=True`` or ``matching=True`` brings it there, with
    times that fit.
    """

    class Meta:
        model = PilotRound
        skip_postgeneration_save = True

    class Params:
        intake = factory.Trait(stage="intake", intake_opens_at=_hours(-1))
        open = factory.Trait(stage="open", **_times(-72, -48, -24, 240))
        closed = factory.Trait(stage="closed", **_times(-72, -48, -24, -1))
        reviewing = factory.Trait(stage="reviewing", **_times(-72, -48, -24, -1))
        matching = factory.Trait(stage="matching", **_times(-72, -48, -24, -1))

    stage = ""
    plan = factory.SubFactory(AnnualPlanFactory)
    rule_set = factory.SubFactory(RuleSetFactory)
    year = factory.LazyAttribute(lambda o: o.plan.year)
    sequence = factory.LazyAttribute(lambda o: PilotRound.objects.filter(year=o.plan.year).count() + 1)
    number = factory.LazyAttribute(lambda o: f"{o.year}-{o.sequence}")
    title_ko = factory.LazyAttribute(lambda o: f"{o.year}년 제{o.sequence}차 시범구매")
    title_en = factory.LazyAttribute(lambda o: f"Pilot purchase round {o.number}")
    budget_krw = 10_000_000_000
    intake_opens_at = _hours(24)
    intake_closes_at = _hours(48)
    opens_at = _hours(72)
    closes_at = _hours(240)
    review_due_on = factory.LazyAttribute(lambda o: timezone.localdate(o.closes_at) + timedelta(days=14))
    result_due_on = factory.LazyAttribute(lambda o: timezone.localdate(o.closes_at) + timedelta(days=28))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        stages = ("intake", "open", "closed", "reviewing", "matching")
        stage = kwargs.pop("stage")
        row = super()._create(model_class, *args, **kwargs)
        open_accounts(actor=None, pilot_round=row, tracks=[TrackBudget(TrackFactory().pk, row.budget_krw)])
        _reach(row, {stage: True}, stages, (R.PLAN_INTAKE, R.OPEN, R.CLOSED, R.REVIEWING, R.MATCHING))
        return row


class PlanFactory(DjangoModelFactory[PilotUsePlan]):
    """A complete draft of a pilot-use plan; ``submitted=True`` or ``approved=True`` brings it there."""

    class Meta:
        model = PilotUsePlan
        skip_postgeneration_save = True

    class Params:
        user = factory.SubFactory(SupplierUserFactory)

    round = factory.SubFactory(RoundFactory, open=True)
    officer = factory.LazyAttribute(lambda o: o.user)
    supplier = factory.LazyAttribute(lambda o: o.user.current_organization)
    product = factory.LazyAttribute(lambda o: ProductFactory(supplier=o.supplier, designated=True))
    track = factory.SubFactory(TrackFactory)
    item = factory.LazyAttribute(lambda o: o.product.items.first())
    unit_price_krw = 3_000_000
    price_note = "최근 계약 단가입니다."
    min_units = 2
    max_units = 100
    min_institutions = 1
    max_institutions = 5
    pilot_months = 3
    site_requirements = "전원 220V, 유선 통신"
    expected_improvement = "민원 응답 시간을 줄입니다."
    installation = "설치 반일"
    training = "현장 교육 2시간"
    safety = "전기 안전 인증"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        wanted = {name: kwargs.pop(name, False) for name in ("submitted", "approved", "excluded")}
        if any(wanted.values()):
            kwargs.setdefault("submitted_at", timezone.now())
            kwargs.setdefault("number", f"PL-{kwargs['round'].number}-{PilotUsePlan.objects.count() + 1:04}")
        if wanted["approved"]:
            kwargs.setdefault("approved_at", timezone.now())
            kwargs.setdefault("approved_by", PpsUserFactory())
        row = super()._create(model_class, *args, **kwargs)
        PlanKpi.objects.create(
            plan=row,
            name="측정 정확도",
            unit="%",
            comparison=Comparison.AT_LEAST,
            target=90,
            measuring_method="공인 측정기와 비교",
        )
        paper(row, Paper.PRICE)
        _reach(row, wanted, ("submitted", "approved"), (P.SUBMITTED, P.APPROVED))
        return row


class ApplicationFactory(DjangoModelFactory[PilotApplication]):
    """A complete draft; ``submitted``, ``under_review``, ``passed``, ``matched`` or ``confirmed`` brings it there."""

    class Meta:
        model = PilotApplication
        skip_postgeneration_save = True

    class Params:
        user = factory.SubFactory(InstitutionUserFactory)

    plan = factory.SubFactory(PlanFactory, approved=True)
    round = factory.LazyAttribute(lambda o: o.plan.round)
    officer = factory.LazyAttribute(lambda o: o.user)
    institution = factory.LazyAttribute(lambda o: o.user.current_organization)
    requested_units = 10
    min_units = 4
    priority = 1
    site_name = "본관 1층"
    site_address = "부산광역시 해운대구 센텀중앙로 1"
    site_district = "해운대구"
    site_province_id = "26"
    problem = "실내 공기질을 알기 어렵습니다."
    use_plan = "민원실에 설치하여 6개월간 사용합니다."
    expected_effect = "민원인의 만족도가 높아집니다."
    responsible_person = "김담당"
    letter_number = "시설과-1234"
    letter_on = date(2026, 1, 5)
    has_pledged = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        stages = ("submitted", "under_review", "passed", "matched", "confirmed")
        wanted = {name: kwargs.pop(name, False) for name in stages}
        score = kwargs.pop("score", 700)
        if any(wanted.values()):
            kwargs.setdefault("submitted_at", timezone.now())
            kwargs.setdefault("revision", 1)
            kwargs.setdefault(
                "number", f"AP-{kwargs['round'].number}-{PilotApplication.objects.exclude(number=None).count() + 1:05}"
            )
        if any(wanted[name] for name in stages[2:]):
            kwargs.setdefault("reviewed_units", kwargs["requested_units"])
        if wanted["matched"] or wanted["confirmed"]:
            kwargs.setdefault("granted_units", kwargs["reviewed_units"])
        facts = {name: kwargs.pop(name, None) for name in ("submitted_at", "number")}
        row = super()._create(model_class, *args, **kwargs)
        if facts["number"]:
            PilotApplication.objects.filter(pk=row.pk).update(status=A.SUBMITTED, **facts)
            row.submitted_at, row.number = facts["submitted_at"], facts["number"]
        _reach(row, wanted, stages, (A.SUBMITTED, A.UNDER_REVIEW, A.REVIEW_PASSED, A.MATCHED, A.CONFIRMED))
        if any(wanted[name] for name in stages[2:]):
            ScaleReview.objects.create(
                application=row,
                reviewer=PpsUserFactory(),
                decision="pass",
                score_parts=[{"code": "BASE", "computed": score, "points": score, "reason": ""}],
                score=score,
                reviewed_at=timezone.now(),
            )
        return row


def paper(target, purpose, *, user=None, name="evidence.pdf"):
    """A stored file of a case, as an upload leaves it."""
    return StoredFile.objects.create(
        original_name=name,
        content_type="application/pdf",
        size_bytes=4,
        sha256="0" * 64,
        purpose=purpose,
        uploaded_by=user or target.officer,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
    )


def account(pilot_round, track=None):
    return BudgetAccount.objects.get(round=pilot_round, track=track)


def give(pilot_round, track, amount_krw):
    """Add a track with money to a round."""
    RoundTrack.objects.create(round=pilot_round, track=track, budget_krw=amount_krw)
    return BudgetAccount.objects.create(round=pilot_round, track=track, planned_krw=amount_krw)
