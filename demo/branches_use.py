"""What follows an accepted delivery, in every state: use, reports, verdicts, appeals, corrections, assets."""

from datetime import timedelta

from core.calendar import today
from demo import execution, trials
from demo.branches_contracts import ANSWERED
from demo.people import Cast
from demo.timeline import Story, together
from feedback import services
from feedback.enums import IncidentKind, TransferMethod
from feedback.models import CorrectiveAction, ImprovementRequest, Incident, PilotUse, Verdict
from matching.models import Contract
from pilots.models import PilotUsePlan


def feedback_to_read(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """The demo supplier finds two reports without an answer, a success and a certificate."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan)
    verdict = yield from trials.judged_and_paid(cast, row, "success")
    yield from trials.certificate(cast, verdict)
    use = trials.uses_of(row)[0]
    confirmed = yield from trials.purchase(cast, use, units=4, ago=24)
    rejected = yield from trials.purchase(cast, use, units=1, ago=21)
    yield 17
    services.confirm_purchase(actor=cast.desks["contract"], purchase_id=confirmed)
    services.reject_purchase(
        actor=cast.desks["contract"], purchase_id=rejected, reason="종합쇼핑몰에서 주문을 찾을 수 없습니다."
    )
    yield from trials.purchase(cast, use, units=2, ago=2)


def in_use(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """Running at the demo institution, suspended at the second, not yet begun at the third."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan, ago=10)
    running, suspended, _awaiting = sorted(
        trials.uses_of(row), key=lambda use: use.institution_id != cast.institutions[0].pk
    )
    running, suspended = yield from together(trials.start(cast, running, ago=9), trials.start(cast, suspended, ago=8))
    yield 5
    _extension(cast, running, "approve")
    defect = _incident(cast, running, IncidentKind.DEFECT, "전원 장치가 꺼졌습니다.")
    yield 4
    services.handle_incident(
        actor=cast.officer(running.supplier), incident_id=defect.pk, handling="전원 장치를 교체하였습니다."
    )
    yield 3
    services.resolve_incident(
        actor=cast.officer(running.institution), incident_id=defect.pk, resolution="교체 뒤 이상이 없습니다."
    )
    yield 2
    _incident(cast, suspended, IncidentKind.SAFETY_ACCIDENT, "덮개가 열려 직원이 손을 다쳤습니다.")


def _incident(cast: Cast, use: PilotUse, kind: IncidentKind, description: str) -> Incident:
    return services.report_incident(
        actor=cast.officer(use.institution), use_id=use.pk, kind=kind, occurred_on=today(), description=description
    )


def _extension(cast: Cast, use: PilotUse, decision: str = "") -> None:
    row = services.request_extension(
        actor=cast.officer(use.institution),
        use_id=use.pk,
        new_end_on=(use.ends_on or today()) + timedelta(days=14),
        reason="겨울철 성능도 확인하고자 합니다.",
    )
    inspector = cast.desks["inspector"]
    if decision == "approve":
        services.approve_extension(actor=inspector, extension_id=row.pk, reason="계절에 따른 확인이 필요합니다.")
    elif decision == "decline":
        services.decline_extension(
            actor=inspector, extension_id=row.pk, reason="지정 기간을 넘게 되어 연장할 수 없습니다."
        )


def report_due(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """The use is over and the demo institution owes its report; elsewhere it runs with extensions asked for."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan, ago=31 * plan.pilot_months + 4)
    home, other = sorted(trials.uses_of(row), key=lambda use: use.institution_id != cast.institutions[0].pk)

    def used_up() -> Story[None]:
        yield from trials.finish(cast, (yield from trials.start(cast, home)))

    def extended() -> Story[None]:
        started = yield from trials.start(cast, other, ago=20)
        yield 3
        _extension(cast, started)

    yield from together(used_up(), extended())


def reporting(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """A report that waits, one that was sent back, an extension declined, an early end."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan, ago=31 * plan.pilot_months + 12)
    waiting, returned, declined, early = trials.uses_of(row)

    def sent_back() -> Story[None]:
        report = yield from trials.report(cast, returned)
        yield 2
        services.return_report(
            actor=cast.desks["inspector"], report_id=report.pk, reason="고장 시간의 근거를 덧붙여 주십시오."
        )

    def refused() -> Story[None]:
        started = yield from trials.start(cast, declined, ago=40)
        yield 12
        _extension(cast, started, "decline")

    def lost() -> Story[None]:
        started = yield from trials.start(cast, early)
        yield 60
        services.end_use(
            actor=cast.officer(early.institution), use_id=started.pk, ended_on=today(), end_reason="site_lost"
        )

    yield from together(trials.report(cast, waiting), sent_back(), refused(), lost())


def verdicts(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """Reports are taken: one verdict is proposed, one was turned down, one use is not judged yet."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan)
    uses = trials.uses_of(row)
    yield from together(*[trials.accepted_report(cast, use, is_late=use == uses[2]) for use in uses])
    yield 6
    refused = trials.propose(cast, uses[1])
    yield 4
    services.reject_verdict(
        actor=cast.desks["approver"], verdict_id=refused.pk, reason="측정 근거를 다시 확인하여 주십시오."
    )
    yield 2
    trials.propose(cast, uses[0])


def settled(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """A success whose assets went every way; later its certificate was revoked."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan)
    verdict = yield from trials.judged_and_paid(cast, row, "success", closes=True)
    wrong = yield from trials.certificate(cast, verdict)
    yield cast.clock.after(cast.clock.since(today()))
    services.revoke_certificate(
        actor=cast.desks["approver"], certificate_id=wrong, reason="사업자 정보가 잘못되어 다시 발급합니다."
    )
    yield from trials.certificate(cast, verdict)
    uses = trials.uses_of(row)
    _texts(cast, uses)
    yield from _assets(cast, uses)


def _texts(cast: Cast, uses: list[PilotUse]) -> None:
    """Replies, a hidden review and a hidden reply, and requests for improvement with every answer."""
    owner, reviewer = cast.officer(uses[0].supplier), cast.desks["reviewer"]
    for use in uses[:2]:
        trials.reply(cast, use.report)
    services.hide_review(actor=reviewer, review_id=uses[2].report.review.pk, reason="직원의 이름이 적혀 있습니다.")
    services.hide_reply(actor=reviewer, reply_id=uses[1].report.reply.pk, reason="다른 회사를 비방하는 내용입니다.")
    done, accepted, declined = ImprovementRequest.objects.filter(report__use=uses[0]).order_by("pk")
    for request in (done, accepted):
        services.accept_request(
            actor=owner,
            request_id=request.pk,
            answer="다음 판에 반영하겠습니다.",
            owner_name="품질팀",
            due_on=today() + timedelta(days=60),
        )
    services.complete_request(actor=owner, request_id=done.pk, answer="소음을 3데시벨 줄였습니다.")
    services.decline_request(actor=owner, request_id=declined.pk, answer="안전 기준 때문에 늘릴 수 없습니다.")


def _assets(cast: Cast, uses: list[PilotUse]) -> Story[None]:
    monitored, closed, returned, refused, prepared = uses
    yield 15
    for use in (monitored, closed):
        services.complete_transfer(actor=cast.officer(use.institution), transfer_id=trials.transfer(cast, use))
    back = trials.transfer(cast, returned, TransferMethod.RETURN, "기관이 계속 쓸 계획이 없습니다.")
    services.complete_transfer(actor=cast.desks["contract"], transfer_id=back)
    refusal = trials.transfer(cast, refused)
    yield 11
    services.refuse_transfer(
        actor=cast.officer(refused.institution), transfer_id=refusal, reason="유지 비용을 부담하기 어렵습니다."
    )
    inspector = cast.desks["inspector"]
    yield 8
    services.record_inspection(actor=inspector, use_id=closed.pk, inspected_on=today(), finding="in_use")
    yield 6
    idle = services.record_inspection(
        actor=inspector,
        use_id=monitored.pk,
        inspected_on=today(),
        finding="idle",
        reason="창고에 보관되어 있습니다.",
    )
    yield 4
    services.explain_inspection(
        actor=cast.officer(monitored.institution),
        inspection_id=idle.pk,
        explanation="건물 공사가 끝나는 다음 달에 다시 설치합니다.",
    )
    services.close_use(actor=cast.desks["contract"], use_id=closed.pk, reason="사후관리 기간이 끝났습니다.")
    yield 1
    trials.transfer(cast, prepared)


def _insufficient(cast: Cast, plan: PilotUsePlan, *, is_late: bool = False) -> Story[tuple[Contract, Verdict]]:
    yield ANSWERED
    row = yield from execution.accepted(cast, plan)
    verdict = yield from trials.judged_and_paid(cast, row, "insufficient", is_late=is_late)
    return row, verdict


def _appeal(cast: Cast, verdict: Verdict) -> Story[int]:
    yield cast.clock.after(cast.clock.since(today()))
    row = services.file_appeal(
        actor=cast.officer(verdict.supplier),
        verdict_id=verdict.pk,
        reason="측정 기간에 정전이 있었으므로 다시 평가하여 주시기 바랍니다.",
    )
    yield cast.clock.since(today() + timedelta(days=6))
    return row.pk


def appeal_filed(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """An appeal waits; so does the corrective plan."""
    _row, verdict = yield from _insufficient(cast, plan)
    yield from _appeal(cast, verdict)


def appeal_upheld(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """The verdict is withdrawn and nothing has to be corrected."""
    _row, verdict = yield from _insufficient(cast, plan)
    appeal = yield from _appeal(cast, verdict)
    services.uphold_appeal(
        actor=cast.desks["reviewer"], appeal_id=appeal, decision="정전 기록이 확인되어 다시 판정합니다."
    )


def appeal_dismissed(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """The verdict stays and the company files its plan."""
    _row, verdict = yield from _insufficient(cast, plan, is_late=True)
    appeal = yield from _appeal(cast, verdict)
    services.dismiss_appeal(
        actor=cast.desks["reviewer"],
        appeal_id=appeal,
        decision="정전을 뺀 기간에도 목표에 미치지 못하였습니다.",
    )
    yield from _plan(cast, verdict)


def _plan(cast: Cast, verdict: Verdict) -> Story[CorrectiveAction]:
    yield cast.clock.after(cast.clock.since(today()))
    return services.file_plan(
        actor=cast.officer(verdict.supplier),
        correction_id=CorrectiveAction.objects.get(verdict=verdict).pk,
        plan="전원부를 보온형으로 바꾸고 두 달 동안 다시 측정하겠습니다.",
        due_on=today() + timedelta(days=60),
    )


def _evidence(cast: Cast, verdict: Verdict) -> Story[CorrectiveAction]:
    row = yield from _plan(cast, verdict)
    yield min(20, cast.clock.after(cast.clock.since(today())))
    return services.file_evidence(
        actor=cast.officer(verdict.supplier),
        correction_id=row.pk,
        evidence="교체 뒤 고장 시간이 월 2시간으로 줄었습니다.",
    )


def correction_evidenced(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """The evidence was sent back once and is on the desk again."""
    _row, verdict = yield from _insufficient(cast, plan)
    correction = yield from _evidence(cast, verdict)
    yield 9
    services.return_evidence(
        actor=cast.desks["inspector"],
        correction_id=correction.pk,
        reason="측정 기간을 밝혀 주십시오.",
        due_on=today() + timedelta(days=20),
    )
    yield 3
    services.file_evidence(
        actor=cast.officer(verdict.supplier), correction_id=correction.pk, evidence="두 달 동안의 기록을 덧붙입니다."
    )


def corrected(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """Put right, judged anew; the first verdict is replaced."""
    row, verdict = yield from _insufficient(cast, plan)
    correction = yield from _evidence(cast, verdict)
    yield 18
    services.confirm_correction(
        actor=cast.desks["inspector"], correction_id=correction.pk, decision="현장에서 개선을 확인하였습니다."
    )
    anew = trials.judge_product(cast, row, "success")
    yield from trials.certificate(cast, anew)


def not_corrected(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """Not put right: a failure, and the designation cannot be extended."""
    row, verdict = yield from _insufficient(cast, plan)
    correction = yield from _evidence(cast, verdict)
    yield 10
    services.record_not_corrected(
        actor=cast.desks["inspector"], correction_id=correction.pk, decision="같은 고장이 다시 일어났습니다."
    )
    trials.judge_product(cast, row, "failure")
