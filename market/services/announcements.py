"""Notices that the programme itself makes: when a round calls, opens, moves, ends or has a result."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core.calendar import SEOUL
from core.money import format_krw_short
from core.workflow import SYSTEM
from market.enums import NoticeKind, NoticeStatus, VersionKind
from market.models import Notice
from market.services.notices import NoticeText, amend_notice, cancel_notice, draft_notice, publish_notice
from matching.models import MatchingRun
from overseas.enums import OverseasStatus
from overseas.models import OverseasApplication, OverseasCall
from pilots.enums import PlanStatus
from pilots.models import AnnualPlan, PilotRound, PilotUsePlan, PlanTrack

LEGAL_BASIS = "조달사업에 관한 법률 제27조"


def _in_both(build: Callable[[], tuple[str, str]]) -> dict[str, Any]:
    """Title and body in Korean and English, from the one place that words them."""
    with translation.override("ko"):
        title_ko, body_ko = build()
    with translation.override("en"):
        title_en, body_en = build()
    return {"title_ko": title_ko, "body_ko": body_ko, "title_en": title_en, "body_en": body_en}


def _announce(round_id: int, kind: NoticeKind, text: NoticeText) -> Notice:
    existing = Notice.objects.filter(round_id=round_id, kind=kind).first()
    if existing is not None:
        return existing
    notice = draft_notice(actor=SYSTEM, kind=kind, text=text, legal_basis=LEGAL_BASIS, round_id=round_id)
    return publish_notice(actor=SYSTEM, notice_id=notice.pk)


def _moment(value: object) -> str:
    return value.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M")  # type: ignore[attr-defined,no-any-return]


def _intake_text(pilot_round: PilotRound) -> NoticeText:
    def build() -> tuple[str, str]:
        title = _("%(round)s: call for pilot-use plans") % {"round": pilot_round.title}
        body = _(
            "Suppliers of designated innovative products may file a pilot-use basic plan from %(start)s to %(end)s."
            "\n\nThe budget of the round is %(budget)s. The rule set “%(rules)s” applies (SHA-256 %(hash)s)."
        ) % {
            "start": _moment(pilot_round.intake_opens_at),
            "end": _moment(pilot_round.intake_closes_at),
            "budget": format_krw_short(pilot_round.budget_krw),
            "rules": pilot_round.rule_set.name,
            "hash": pilot_round.rule_set.sha256,
        }
        return title, body

    return NoticeText(**_in_both(build), opens_at=pilot_round.intake_opens_at, closes_at=pilot_round.intake_closes_at)


@transaction.atomic
def announce_intake(*, round_id: int) -> Notice:
    """The call for suppliers' pilot-use plans."""
    pilot_round = PilotRound.objects.select_related("rule_set").get(pk=round_id)
    return _announce(round_id, NoticeKind.PILOT_PLAN, _intake_text(pilot_round))


def _survey_kind(pilot_round: PilotRound) -> NoticeKind:
    return NoticeKind.LEASE_DEMAND_SURVEY if pilot_round.is_lease else NoticeKind.PILOT_DEMAND_SURVEY


def _survey_text(pilot_round: PilotRound) -> NoticeText:
    count = PilotUsePlan.objects.filter(round=pilot_round, status=PlanStatus.APPROVED).count()

    def build() -> tuple[str, str]:
        title = _("%(round)s: demand survey") % {"round": pilot_round.title}
        body = _(
            "Public institutions may apply for pilot use of the %(count)s products listed below "
            "from %(start)s to %(end)s. "
            "The Public Procurement Service pays; institutions use, report and keep the product.\n\n"
            "The budget of the round is %(budget)s. The rule set “%(rules)s” applies (SHA-256 %(hash)s)."
        ) % {
            "count": count,
            "start": _moment(pilot_round.opens_at),
            "end": _moment(pilot_round.closes_at),
            "budget": format_krw_short(pilot_round.budget_krw),
            "rules": pilot_round.rule_set.name,
            "hash": pilot_round.rule_set.sha256,
        }
        return title, body

    return NoticeText(**_in_both(build), opens_at=pilot_round.opens_at, closes_at=pilot_round.closes_at)


@transaction.atomic
def announce_survey(*, round_id: int) -> Notice:
    """The demand-survey notice with the list of approved products; it opens the round to institutions."""
    pilot_round = PilotRound.objects.select_related("rule_set").get(pk=round_id)
    return _announce(round_id, _survey_kind(pilot_round), _survey_text(pilot_round))


@transaction.atomic
def announce_reschedule(*, round_id: int, reason: str) -> None:
    """An extension for all: a new version of every notice of the round that is still on the board."""
    pilot_round = PilotRound.objects.select_related("rule_set").get(pk=round_id)
    texts = {NoticeKind.PILOT_PLAN: _intake_text, _survey_kind(pilot_round): _survey_text}
    notices = Notice.objects.filter(round_id=round_id, kind__in=texts, status=NoticeStatus.PUBLISHED)
    for notice in notices.order_by("pk"):
        text = texts[NoticeKind(notice.kind)](pilot_round)
        if notice.closes_at != text.closes_at:
            amend_notice(
                actor=SYSTEM, notice_id=notice.pk, version_kind=VersionKind.EXTENSION, reason=reason, text=text
            )


@transaction.atomic
def announce_removal(*, round_id: int, product: str, reason: str) -> None:
    """A product left the list of a survey that is out: a correction that says which and why."""
    pilot_round = PilotRound.objects.select_related("rule_set").get(pk=round_id)
    survey = Notice.objects.filter(
        round_id=round_id, kind=_survey_kind(pilot_round), status=NoticeStatus.PUBLISHED
    ).first()
    if survey is not None:
        with translation.override("ko"):
            why = _("“%(product)s” left the list of products: %(reason)s") % {"product": product, "reason": reason}
        amend_notice(
            actor=SYSTEM,
            notice_id=survey.pk,
            version_kind=VersionKind.CORRECTION,
            reason=why,
            text=_survey_text(pilot_round),
        )


def _plan_text(plan: AnnualPlan) -> NoticeText:
    rows = list(PlanTrack.objects.filter(plan=plan).select_related("track").order_by("track__order", "pk"))

    def build() -> tuple[str, str]:
        title = _("Basic plan of the pilot purchase %(year)s") % {"year": plan.year}
        lead = _("The Procurement Policy Council confirmed the plan on %(day)s%(session)s.") % {
            "day": plan.confirmed_on.isoformat() if plan.confirmed_on else "",
            "session": f" ({plan.council_session})" if plan.council_session else "",
        }
        total = _("Total budget: %(amount)s") % {"amount": format_krw_short(plan.total_krw)}
        tracks = [f"{row.track.name}: {format_krw_short(row.amount_krw)}" for row in rows]
        end = _("The schedule of the year's rounds stands on the page of the pilot purchase rounds.")
        return title, "\n\n".join([lead, "\n".join([total, *tracks]), end])

    return NoticeText(**_in_both(build))


@transaction.atomic
def announce_annual_plan(*, annual_plan_id: int) -> Notice:
    """The year's basic plan; a later version corrects the notice with its reason."""
    plan = AnnualPlan.objects.get(pk=annual_plan_id)
    text = _plan_text(plan)
    existing = Notice.objects.filter(plan_year=plan.year, status=NoticeStatus.PUBLISHED).first()
    if existing is None:
        notice = draft_notice(
            actor=SYSTEM, kind=NoticeKind.SCHEDULE, text=text, legal_basis=LEGAL_BASIS, plan_year=plan.year
        )
        return publish_notice(actor=SYSTEM, notice_id=notice.pk)
    return amend_notice(
        actor=SYSTEM, notice_id=existing.pk, version_kind=VersionKind.CORRECTION, reason=plan.reason, text=text
    )


def result_notice_text(*, round_id: int) -> NoticeText:
    """What the notice of a round's result says, before or after it is published."""
    pilot_round = PilotRound.objects.select_related("rule_set").get(pk=round_id)

    def build() -> tuple[str, str]:
        title = _("%(round)s: matching result") % {"round": pilot_round.title}
        body = _(
            "The matching of the round is final. The institutions and products that were matched, the hashes of "
            "the rule set and of the instance, and how to check them stand on the page of results."
        )
        return title, body

    return NoticeText(**_in_both(build))


@transaction.atomic
def announce_result(*, round_id: int) -> Notice:
    """The public result of a round."""
    return _announce(round_id, NoticeKind.MATCH_RESULT, result_notice_text(round_id=round_id))


def correction_text(*, run_id: int) -> NoticeText:
    """What the notice of a result says once a correction is public."""
    run = MatchingRun.objects.select_related("round").defer("result").get(pk=run_id)
    text = result_notice_text(round_id=run.round_id)
    added = run.allocations.count()

    def build() -> tuple[str, str]:
        body = _(
            "The result was corrected after an upheld objection (correction %(number)s). %(count)s offers were added; "
            "offers that stood before are not touched. The instance hash of the correction is %(hash)s."
        ) % {"number": run.number, "count": added, "hash": run.instance_sha256}
        return "", body

    words = _in_both(build)
    return replace(
        text,
        body_ko=f"{text.body_ko}\n\n{words['body_ko']}",
        body_en=f"{text.body_en}\n\n{words['body_en']}",
    )


@transaction.atomic
def announce_correction(*, run_id: int) -> None:
    """A corrected result: a new version of the result's notice, which says what was added and why."""
    run = MatchingRun.objects.select_related("round").defer("result").get(pk=run_id)
    notice = Notice.objects.filter(
        round_id=run.round_id, kind=NoticeKind.MATCH_RESULT, status=NoticeStatus.PUBLISHED
    ).first()
    if notice is None:
        return
    with translation.override("ko"):
        reason = _("Correction after an upheld objection")
    amend_notice(
        actor=SYSTEM,
        notice_id=notice.pk,
        version_kind=VersionKind.CORRECTION,
        reason=reason,
        text=correction_text(run_id=run_id),
    )


@transaction.atomic
def announce_cancellation(*, round_id: int) -> None:
    """A round that ends without a result: its notices say so."""
    pilot_round = PilotRound.objects.get(pk=round_id)
    for notice in Notice.objects.filter(round_id=round_id, status=NoticeStatus.PUBLISHED).order_by("pk"):
        cancel_notice(actor=SYSTEM, notice_id=notice.pk, reason=pilot_round.cancel_reason)


def _announce_call(call: OverseasCall, kind: NoticeKind, text: NoticeText) -> Notice:
    existing = Notice.objects.filter(call_number=call.number, kind=kind).first()
    if existing is not None:
        return existing
    notice = draft_notice(actor=SYSTEM, kind=kind, text=text, legal_basis=LEGAL_BASIS, call_number=call.number)
    return publish_notice(actor=SYSTEM, notice_id=notice.pk)


@transaction.atomic
def announce_call(*, call_id: int) -> Notice:
    """The public call for demonstrations abroad, in the words of its author."""
    call = OverseasCall.objects.get(pk=call_id)
    text = NoticeText(
        title_ko=call.title_ko,
        title_en=call.title_en,
        body_ko=call.body_ko,
        body_en=call.body_en,
        opens_at=call.opens_at,
        closes_at=call.closes_at,
    )
    return _announce_call(call, NoticeKind.OVERSEAS_CALL, text)


@transaction.atomic
def announce_selection(*, call_id: int) -> Notice:
    """Which products go where, after the selection of a call."""
    call = OverseasCall.objects.get(pk=call_id)
    selected = list(
        OverseasApplication.objects.filter(call=call, status=OverseasStatus.SELECTED)
        .select_related("product", "supplier", "country")
        .order_by("number")
    )

    def build() -> tuple[str, str]:
        title = _("%(call)s: selection") % {"call": call.title}
        lines = [f"{a.number} {a.product.name} ({a.supplier.name}) – {a.country}" for a in selected]
        lead = _("%(count)s applications were selected.") % {"count": len(selected)}
        return title, "\n\n".join([lead, *lines])

    return _announce_call(call, NoticeKind.OVERSEAS_RESULT, NoticeText(**_in_both(build)))
