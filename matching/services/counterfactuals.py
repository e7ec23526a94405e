"""What would have been enough: asked by an applicant or by staff, worked out by a worker, kept with its proof."""

import json
import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from core.notifications import notify
from core.outbox import enqueue
from core.workflow import SYSTEM
from matching import engine, perms
from matching.engine.counterfactual import GRANTED, IN_FULL, METHOD, Answer, Finding, ask
from matching.engine.result import NAME, VERSION
from matching.enums import CounterfactualAction, CounterfactualStatus, Fact
from matching.errors import QuestionRefused
from matching.models import Counterfactual, CounterfactualProof, Explanation, MatchingRun
from matching.selectors import label_of, result_bytes, run_bytes, why_not_to_ask
from matching.services.leases import lease_kept, lease_time, passed, pick_up_time
from matching.services.runs import RESEND_AFTER_SECONDS
from matching.workflow import COUNTERFACTUAL_WORKFLOW

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# Each question costs some dozens of solved instances; nobody needs many answers at the same time.
MOST_WAITING = 5


@transaction.atomic
def ask_what_would_do(*, actor: User, explanation_id: int) -> Counterfactual:
    """Ask what would have been enough for an application. Each is worked out once per run; asking again shows it.

    Raises:
        NotPermitted: neither staff nor the applicant of a published result.
        QuestionRefused: the outcome leaves nothing to ask, or the asker has several questions waiting.
    """
    row = (
        Explanation.objects.select_for_update(of=("self",))
        .select_related("run__round", "application")
        .defer("run__result")
        .get(pk=explanation_id)
    )
    if not perms.may_ask_what_would_do(actor, row):
        raise NotPermitted
    if reason := why_not_to_ask(row=row):
        raise QuestionRefused(reason)
    question = Counterfactual.objects.filter(explanation=row).first()
    if question is not None and question.status != CounterfactualStatus.FAILED:
        return question
    if Counterfactual.objects.waiting().filter(requested_by=actor).count() >= MOST_WAITING:
        raise QuestionRefused(
            _("%(count)s of your questions are being worked out. Wait for an answer, then ask again.")
            % {"count": MOST_WAITING}
        )
    now = database_now()
    facts = {"requested_by": actor, "requested_at": now, "lease_until": now + pick_up_time()}
    if question is None:
        goal = GRANTED if row.granted == 0 else IN_FULL
        question = Counterfactual.objects.create(explanation=row, goal=goal, **facts)
        record(actor=actor, verb="ask", target=question, after=question.status)
    else:
        before = COUNTERFACTUAL_WORKFLOW.advance(question, CounterfactualAction.ASK_AGAIN, actor)
        question.failure, question.attempt_count = "", 0
        for name, value in facts.items():
            setattr(question, name, value)
        question.save()
        record(actor=actor, verb=CounterfactualAction.ASK_AGAIN, target=question, before=before, after=question.status)
    _call(question)
    return question


def _call(question: Counterfactual) -> None:
    enqueue("matching.find_counterfactual", resend_after_seconds=RESEND_AFTER_SECONDS, counterfactual_id=question.pk)


def find_counterfactual(*, counterfactual_id: int, worker: str) -> None:
    """Work a question out, unless another worker is at it or it is answered."""
    question = _take(counterfactual_id, worker)
    if question is None:
        return
    passed(point="counterfactual.taken")
    try:
        with lease_kept(renew=partial(_renew, counterfactual_id, worker)):
            answer = _answer(question, worker)
    except engine.Cancelled:
        return
    passed(point="counterfactual.found")
    _keep(counterfactual_id, worker, answer)


@transaction.atomic
def _take(counterfactual_id: int, worker: str) -> Counterfactual | None:
    question = _locked(counterfactual_id)
    now = database_now()
    if question is None or (question.lease_owner and question.lease_until and question.lease_until > now):
        return None
    question.attempt_count += 1
    if question.attempt_count > MAX_ATTEMPTS:
        _fail(question, _("Working it out ended %(count)s times without an answer.") % {"count": MAX_ATTEMPTS})
        return None
    question.lease_owner, question.lease_until = worker, now + lease_time()
    question.save(update_fields=["attempt_count", "lease_owner", "lease_until"])
    return question


def _locked(counterfactual_id: int) -> Counterfactual | None:
    return (
        Counterfactual.objects.waiting()
        .select_for_update(of=("self",))
        .select_related("explanation__run__round", "explanation__application", "requested_by")
        .filter(pk=counterfactual_id)
        .first()
    )


def _fail(question: Counterfactual, reason: str) -> None:
    before = COUNTERFACTUAL_WORKFLOW.advance(question, CounterfactualAction.FAIL, SYSTEM)
    question.failure, question.lease_owner, question.lease_until = reason, "", None
    question.save()
    record(
        actor=SYSTEM, verb=CounterfactualAction.FAIL, target=question, before=before, after=question.status,
        reason=reason,
    )  # fmt: skip


def _answer(question: Counterfactual, worker: str) -> Answer:
    run = question.explanation.run
    label = label_of(run=run, application_id=question.explanation.application_id)

    def tell(done: int, most: int) -> None:
        mine = Counterfactual.objects.waiting().filter(pk=question.pk, lease_owner=worker)
        if not mine.update(done=done, total=most, lease_until=database_now() + lease_time()):
            raise engine.Cancelled
        passed(point="counterfactual.inside")

    return ask(run_bytes(run=run), label, goal=question.goal, base=_fast_result(run), tell=tell)


def _fast_result(run: MatchingRun) -> bytes | None:
    """The run's own result, where it is of the very method that answers."""
    content = result_bytes(run=run)
    said = json.loads(content)["engine"]
    is_ours = (said["name"], said["version"], said["stop_rule"]) == (NAME, VERSION, "fast")
    return content if is_ours else None


def _renew(counterfactual_id: int, worker: str) -> None:
    mine = Counterfactual.objects.waiting().filter(pk=counterfactual_id, lease_owner=worker)
    mine.update(lease_until=database_now() + lease_time())


@transaction.atomic
def _keep(counterfactual_id: int, worker: str, answer: Answer) -> None:
    question = _locked(counterfactual_id)
    if question is None or question.lease_owner != worker:
        return
    before = COUNTERFACTUAL_WORKFLOW.advance(question, CounterfactualAction.ANSWER, SYSTEM)
    question.method, question.base_units = METHOD, answer.base.units
    question.instance_sha256, question.result_sha256 = answer.base.instance_sha256, answer.base.result_sha256
    question.answered_at, question.lease_owner, question.lease_until = database_now(), "", None
    question.save()
    CounterfactualProof.objects.bulk_create(
        CounterfactualProof(counterfactual=question, **_facts(finding)) for finding in answer.findings
    )
    details = {"method": METHOD, "enough": [finding.kind for finding in answer.findings if finding.helps]}
    record(
        actor=SYSTEM, verb=CounterfactualAction.ANSWER, target=question, before=before, after=question.status,
        details=details,
    )  # fmt: skip
    row = question.explanation
    notify(
        recipient=question.requested_by,
        kind=Fact.COUNTERFACTUAL_ANSWERED,
        url=_page_for(question.requested_by, row),
        application=row.application.number,
    )


def _facts(finding: Finding) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": finding.kind,
        "is_enough": finding.helps,
        "before": finding.before,
        "value": finding.trial.value,
        "units": finding.trial.units,
        "instance_sha256": finding.trial.instance_sha256,
        "result_sha256": finding.trial.result_sha256,
    }
    if finding.less is not None:
        facts |= {
            "less_value": finding.less.value,
            "less_units": finding.less.units,
            "less_instance_sha256": finding.less.instance_sha256,
            "less_result_sha256": finding.less.result_sha256,
        }
    return facts


def _page_for(reader: User, row: Explanation) -> str:
    """Built here because services know no URL names of the admin."""
    if perms.may_ask_as_staff(reader, row):
        return f"/admin/matching/explanation/{row.pk}/change/"
    return f"/my/matches/outcomes/{row.pk}/"


@transaction.atomic
def requeue_lapsed_questions() -> int:
    """Hand on every question that nobody works on; returns how many."""
    lapsed = Counterfactual.objects.lapsed(at=database_now()).select_for_update(of=("self",), skip_locked=True)
    rows = list(lapsed)
    for question in rows:
        question.lease_owner, question.lease_until = "", database_now() + pick_up_time()
        question.save(update_fields=["lease_owner", "lease_until"])
        _call(question)
    return len(rows)
