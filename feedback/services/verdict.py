"""Verdicts: proposed with the calculation beside them, valid when a second person approves; appeals against them."""

from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import members_of
from core.audit import record
from core.calendar import add_working_days, today
from core.errors import NotPermitted
from core.notifications import notify_all
from core.workflow import SYSTEM
from feedback import perms
from feedback.enums import (
    AppealAction,
    CorrectionAction,
    CorrectionStatus,
    Fact,
    Outcome,
    ReportStatus,
    UseAction,
    UseStatus,
    VerdictAction,
    VerdictLevel,
    VerdictStatus,
)
from feedback.errors import AlreadyDone, NotEligible, SamePerson
from feedback.models import Appeal, CorrectiveAction, PilotUse, Verdict
from feedback.selectors.calculation import Calculation, line_calculation, product_calculation
from feedback.services.links import admin_url
from feedback.services.rules import rules_for
from feedback.services.use import locked_use, tell_institution, tell_staff
from feedback.signals import verdict_approved
from feedback.workflow import (
    APPEAL_WORKFLOW,
    CORRECTION_WORKFLOW,
    USE_WORKFLOW,
    VERDICT_WORKFLOW,
    failure_has_ground,
)
from matching.models import Contract
from pilots import services as pilots
from pilots.enums import HistoryKind, HistoryOutcome

JUDGED = (UseStatus.EVALUATED, UseStatus.TRANSFERRED, UseStatus.MONITORING, UseStatus.CLOSED)
HISTORY_OUTCOMES = {
    Outcome.SUCCESS: HistoryOutcome.SUCCESS,
    Outcome.INSUFFICIENT: HistoryOutcome.INSUFFICIENT,
    Outcome.FAILURE: HistoryOutcome.FAILURE,
}


@transaction.atomic
def propose_line_verdict(*, actor: User, use_id: int, outcome: str, reason: str, public_summary: str = "") -> Verdict:
    """Propose what one institution's use showed; the report has to be accepted first."""
    use = locked_use(use_id=use_id)
    if not perms.may_propose_verdict(actor, use):
        raise NotPermitted
    report = getattr(use, "report", None)
    if report is None or report.status != ReportStatus.ACCEPTED:
        raise NotEligible(_("Accept the institution's report first, then propose a verdict."))
    current = Verdict.objects.approved().filter(use=use).first()
    if current is not None and not _was_corrected(use.line.contract_id):
        raise AlreadyDone(_("This pilot use has a verdict already."))
    calculation = line_calculation(use=use, rules=rules_for(on=today()))
    return _propose(
        actor,
        calculation,
        Verdict(
            level=VerdictLevel.LINE,
            product=use.product,
            supplier=use.supplier,
            contract_id=use.line.contract_id,
            use=use,
            outcome=outcome,
            reason=reason,
            public_summary=public_summary,
        ),
    )


@transaction.atomic
def propose_product_verdict(
    *, actor: User, contract_id: int, outcome: str, reason: str, public_summary: str = ""
) -> Verdict:
    """Propose the verdict on the product, once every institution of the contract is judged."""
    contract = Contract.objects.select_for_update(of=("self",)).get(pk=contract_id)
    if not perms.may_propose_verdict(actor, contract):
        raise NotPermitted
    uses = PilotUse.objects.filter(line__contract=contract)
    if not uses.exists() or uses.exclude(status__in=JUDGED).exists():
        raise NotEligible(
            _("Every institution needs an approved verdict first. Judge the missing ones, then the product.")
        )
    current = _current_product_verdict(contract_id)
    if current is not None and not _was_corrected(contract_id):
        raise AlreadyDone(
            _("The product has a verdict already. Another one follows only after its corrective action.")
        )
    calculation = product_calculation(contract=contract, rules=rules_for(on=today()))
    return _propose(
        actor,
        calculation,
        Verdict(
            level=VerdictLevel.PRODUCT,
            product_id=contract.product_id,
            supplier_id=contract.supplier_id,
            contract=contract,
            outcome=outcome,
            reason=reason,
            public_summary=public_summary,
        ),
    )


def _propose(actor: User, calculation: Calculation, verdict: Verdict) -> Verdict:
    if ground_missing := failure_has_ground(verdict):
        raise NotEligible(ground_missing)
    verdict.suggested = calculation.suggested
    verdict.calculation = calculation.as_json()
    verdict.rules = calculation.rules
    verdict.proposed_by = actor
    try:
        with transaction.atomic():
            verdict.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyDone(_("A verdict is proposed already and waits for a second person.")) from error
    record(
        actor=actor,
        verb="propose",
        target=verdict,
        after=verdict.status,
        reason=verdict.reason,
        details={
            "outcome": str(verdict.outcome),
            "suggested": str(verdict.suggested),
            "rules": calculation.rules.sha256,
        },
    )
    tell_staff(
        kind=Fact.VERDICT_PROPOSED,
        url=admin_url(model="verdict", pk=verdict.pk),
        roles=(PpsRole.APPROVER,),
        product=verdict.product.name,
        outcome=str(verdict.outcome),
    )
    return verdict


def _current_product_verdict(contract_id: int) -> Verdict | None:
    return Verdict.objects.approved().filter(contract_id=contract_id, level=VerdictLevel.PRODUCT).first()


def _was_corrected(contract_id: int) -> bool:
    """Whether the corrective action of the product's verdict is decided, so that the product is judged anew."""
    return CorrectiveAction.objects.filter(
        verdict__contract_id=contract_id,
        verdict__status=VerdictStatus.APPROVED,
        status__in=(CorrectionStatus.CORRECTED, CorrectionStatus.NOT_CORRECTED),
    ).exists()


@transaction.atomic
def approve_verdict(*, actor: User, verdict_id: int) -> Verdict:
    """Make a proposal valid: a second person, never the proposer."""
    verdict = _locked_verdict(verdict_id)
    if verdict.proposed_by_id == actor.pk:
        raise SamePerson
    earlier = Verdict.objects.approved().filter(contract_id=verdict.contract_id, level=verdict.level, use=verdict.use)
    before = VERDICT_WORKFLOW.advance(verdict, VerdictAction.APPROVE, actor)
    for old in earlier.select_for_update(of=("self",)):
        old_before = VERDICT_WORKFLOW.advance(old, VerdictAction.SUPERSEDE, actor)
        old.save(update_fields=["status"])
        record(actor=actor, verb=VerdictAction.SUPERSEDE, target=old, before=old_before, after=old.status)
    day = today()
    verdict.approved_by, verdict.approved_at = actor, timezone.now()
    verdict.appeal_until = add_working_days(day, verdict.rules.appeal_days)
    verdict.save(update_fields=["status", "approved_by", "approved_at", "appeal_until"])
    record(actor=actor, verb=VerdictAction.APPROVE, target=verdict, before=before, after=verdict.status)
    if verdict.use_id is not None:
        _evaluate_use(actor, verdict.use_id)
    else:
        _conclude_product(actor, verdict)
    _announce(verdict)
    verdict_approved.send(sender=Verdict, verdict_id=verdict.pk)
    return verdict


def _evaluate_use(actor: User, use_id: int) -> None:
    use = locked_use(use_id=use_id)
    if use.status == UseStatus.REPORTED:
        before = USE_WORKFLOW.advance(use, UseAction.EVALUATE, actor)
        use.save(update_fields=["status"])
        record(actor=actor, verb=UseAction.EVALUATE, target=use, before=before, after=use.status)


def _conclude_product(actor: User, verdict: Verdict) -> None:
    contract = verdict.contract
    pilots.record_pilot_history(
        actor=actor,
        product_id=verdict.product_id,
        kind=HistoryKind.PILOT,
        year=contract.round.year,
        reference=contract.number,
        outcome=HISTORY_OUTCOMES[Outcome(verdict.outcome)],
    )
    if verdict.outcome == Outcome.INSUFFICIENT:
        correction = CorrectiveAction.objects.create(
            verdict=verdict, plan_due_on=add_working_days(today(), verdict.rules.correction_days)
        )
        record(actor=actor, verb="open", target=correction, after=correction.status)
        notify_all(
            recipients=members_of(organization_id=verdict.supplier_id),
            kind=Fact.CORRECTION_OPENED,
            url=reverse("feedback:verdict_detail", args=[verdict.pk]),
            product=verdict.product.name,
            due_on=str(correction.plan_due_on),
        )


def _announce(verdict: Verdict) -> None:
    facts = {"product": verdict.product.name, "outcome": verdict.outcome, "appeal_until": str(verdict.appeal_until)}
    url = reverse("feedback:verdict_detail", args=[verdict.pk])
    notify_all(
        recipients=members_of(organization_id=verdict.supplier_id), kind=Fact.VERDICT_ANNOUNCED, url=url, **facts
    )
    if verdict.use is not None:
        tell_institution(
            use=verdict.use,
            kind=Fact.VERDICT_ANNOUNCED,
            outcome=str(verdict.outcome),
            appeal_until=str(verdict.appeal_until),
        )


@transaction.atomic
def reject_verdict(*, actor: User, verdict_id: int, reason: str) -> Verdict:
    """Turn a proposal down, or take one's own back; a new one may follow."""
    verdict = _locked_verdict(verdict_id)
    before = VERDICT_WORKFLOW.advance(verdict, VerdictAction.REJECT, actor)
    if verdict.proposed_by_id == actor.pk:
        # taking back is not a second person's decision, and the constraint on the decider says so
        verdict.is_taken_back = True
    verdict.approved_by, verdict.approved_at, verdict.rejection_reason = actor, timezone.now(), reason
    verdict.save(update_fields=["status", "approved_by", "approved_at", "rejection_reason", "is_taken_back"])
    record(actor=actor, verb=VerdictAction.REJECT, target=verdict, before=before, after=verdict.status, reason=reason)
    return verdict


@transaction.atomic
def file_appeal(*, actor: User, verdict_id: int, reason: str) -> Appeal:
    """Object to a verdict that is not a success, until the end of the appeal window."""
    verdict = _locked_verdict(verdict_id)
    if not perms.may_appeal(actor, verdict):
        raise NotPermitted
    if verdict.status != VerdictStatus.APPROVED or verdict.outcome == Outcome.SUCCESS:
        raise NotEligible(_("An appeal is possible against an insufficient or a failure verdict that is valid."))
    if verdict.appeal_until is None or today() > verdict.appeal_until:
        raise NotEligible(_("The time to appeal ended on %(day)s.") % {"day": verdict.appeal_until})
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(verdict=verdict, reason=reason, filed_by=actor)
    except IntegrityError as error:
        raise AlreadyDone(_("Your company appealed against this verdict already.")) from error
    record(actor=actor, verb="appeal", target=verdict, reason=reason)
    tell_staff(
        kind=Fact.APPEAL_FILED,
        url=admin_url(model="appeal", pk=appeal.pk),
        roles=tuple(perms.DECIDING_ROLES),
        product=verdict.product.name,
    )
    return appeal


@transaction.atomic
def uphold_appeal(*, actor: User, appeal_id: int, decision: str) -> Appeal:
    """Agree with the supplier: the verdict is withdrawn and the case judged anew."""
    appeal = _decide_appeal(actor, appeal_id, AppealAction.UPHOLD, decision)
    verdict = appeal.verdict
    before = VERDICT_WORKFLOW.advance(verdict, VerdictAction.WITHDRAW, actor)
    verdict.save(update_fields=["status"])
    record(
        actor=actor, verb=VerdictAction.WITHDRAW, target=verdict, before=before, after=verdict.status, reason=decision
    )
    correction = CorrectiveAction.objects.open().select_for_update(of=("self",)).filter(verdict=verdict).first()
    if correction is not None:
        was = CORRECTION_WORKFLOW.advance(correction, CorrectionAction.CANCEL, SYSTEM)
        correction.decided_at = timezone.now()
        correction.save(update_fields=["status", "decided_at"])
        record(actor=actor, verb=CorrectionAction.CANCEL, target=correction, before=was, after=correction.status)
    return appeal


@transaction.atomic
def dismiss_appeal(*, actor: User, appeal_id: int, decision: str) -> Appeal:
    """Keep the verdict, with a reason."""
    return _decide_appeal(actor, appeal_id, AppealAction.DISMISS, decision)


def _decide_appeal(actor: User, appeal_id: int, action: AppealAction, decision: str) -> Appeal:
    verdict_id = Appeal.objects.values_list("verdict_id", flat=True).get(pk=appeal_id)
    verdict = _locked_verdict(verdict_id)
    appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal_id)
    appeal.verdict = verdict
    before = APPEAL_WORKFLOW.advance(appeal, action, actor)
    appeal.decision, appeal.decided_by, appeal.decided_at = decision, actor, timezone.now()
    appeal.save(update_fields=["status", "decision", "decided_by", "decided_at"])
    record(actor=actor, verb=action, target=appeal, before=before, after=appeal.status, reason=decision)
    notify_all(
        recipients=members_of(organization_id=verdict.supplier_id),
        kind=Fact.APPEAL_DECIDED,
        url=reverse("feedback:verdict_detail", args=[verdict.pk]),
        product=verdict.product.name,
        is_upheld=action == AppealAction.UPHOLD,
    )
    return appeal


def _locked_verdict(verdict_id: int) -> Verdict:
    # the contract is the parent: judging one product is one thing at a time
    contract_id = Verdict.objects.values_list("contract_id", flat=True).get(pk=verdict_id)
    Contract.objects.select_for_update(of=("self",)).get(pk=contract_id)
    verdicts: Any = Verdict.objects.select_for_update(of=("self",))
    verdict: Verdict = verdicts.select_related("product", "contract__round", "use__product", "rules").get(
        pk=verdict_id
    )
    return verdict
