"""What would have been enough: whether it can be asked, and the answer in words and as derived instances."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from matching import perms
from matching.engine.counterfactual import Question
from matching.enums import ChangeKind, CounterfactualGoal
from matching.models import Counterfactual, CounterfactualProof, Explanation, MatchingRun
from matching.selectors.instances import NEIGHBORHOOD, OUTSIDE, labels_of, run_bytes

ENOUGH = {
    ChangeKind.SCORE: gettext_lazy(
        "With a score of %(value)s points instead of %(before)s, units granted: %(units)s. "
        "With %(less_value)s points, units granted: %(less_units)s."
    ),
    ChangeKind.REQUEST: gettext_lazy(
        "Had %(value)s units been asked for instead of %(before)s, units granted: %(units)s. "
        "With %(less_value)s units asked for, units granted: %(less_units)s."
    ),
    ChangeKind.MINIMUM: gettext_lazy(
        "Had %(value)s units been enough instead of at least %(before)s, units granted: %(units)s. "
        "With at least %(less_value)s units, units granted: %(less_units)s."
    ),
}
NOT_ENOUGH = {
    ChangeKind.SCORE: gettext_lazy(
        "Even %(value)s points, the highest score of the round, would not have been enough."
    ),
    ChangeKind.REQUEST: gettext_lazy("Even asking for only %(value)s unit would not have been enough."),
    ChangeKind.MINIMUM: gettext_lazy("Even accepting as few as %(value)s unit would not have been enough."),
}


def why_not_to_ask(*, row: Explanation) -> str:
    """Why there is nothing to work out for an outcome; empty where there is."""
    if row.granted >= row.requested_units:
        return _("Everything that was asked for is granted.")
    if row.is_predetermined or row.override_reason:
        return _("This award was set without matching, so no score and no quantity would have changed it.")
    if row.scarcity in {NEIGHBORHOOD, OUTSIDE}:
        return _(
            "The application did not take part in the matching, so no score and no quantity would have changed it."
        )
    return ""


def label_of(*, run: MatchingRun, application_id: int) -> str:
    """The identifier of an application in the run's instance; empty where it left the round, or came after its
    neighbourhood.
    """
    ids = labels_of(run=run)
    return next((label for label, key in ids.items() if key == application_id and label.startswith("A")), "")


def counterfactual_of(*, row: Explanation) -> Counterfactual | None:
    """The question about an outcome with its proofs, if somebody has asked it."""
    return Counterfactual.objects.filter(explanation=row).prefetch_related("proofs").first()


def counterfactual_context(*, actor: User, row: Explanation) -> dict[str, Any]:
    """What the pages of both applicants and staff show."""
    question = counterfactual_of(row=row)
    return {
        "row": row,
        "question": question,
        "question_lines": lines_of_answer(question=question) if question else [],
        "question_proofs": sorted_proofs(question=question) if question else [],
        "may_ask": perms.may_ask_what_would_do(actor, row) and not why_not_to_ask(row=row),
        "why_not_ask": why_not_to_ask(row=row),
    }


def sorted_proofs(*, question: Counterfactual) -> list[CounterfactualProof]:
    """Those that are enough first."""
    order = list(ChangeKind)
    return sorted(question.proofs.all(), key=lambda proof: (not proof.is_enough, order.index(ChangeKind(proof.kind))))


def lines_of_answer(*, question: Counterfactual) -> list[str]:
    """The answer in sentences; empty while it is being worked out."""
    if question.base_units is None:
        return []
    proofs = sorted_proofs(question=question)
    if not proofs:
        return [_unchanged(question)]
    lines = [_sentence(proof) for proof in proofs]
    if not any(proof.is_enough for proof in proofs):
        lines.insert(0, _("No change of a single number of this application would have been enough."))
    return lines


def _unchanged(question: Counterfactual) -> str:
    """Nothing could be tried: the method grants it anyway, or no number can be changed further."""
    row = question.explanation
    is_granted = question.base_units and (
        question.goal == CounterfactualGoal.GRANTED or question.base_units >= row.requested_units
    )
    if is_granted:
        return _(
            "The quick method that answers such questions would grant this application unchanged. The official result "
            "comes from a more exact method, which found more points with the same money. So no single change can be "
            "named."
        )
    return _("No number of this application could be changed: its score is the highest of the round already.")


def _sentence(proof: CounterfactualProof) -> str:
    texts = ENOUGH if proof.is_enough else NOT_ENOUGH
    return str(texts[ChangeKind(proof.kind)]) % {
        "before": _shown(proof, proof.before),
        "value": _shown(proof, proof.value),
        "units": proof.units,
        "less_value": _shown(proof, proof.less_value),
        "less_units": proof.less_units,
    }


def _shown(proof: CounterfactualProof, value: int | None) -> str:
    """A score in points, anything else in units."""
    if value is None:
        return ""
    return f"{value / 10:.1f}" if proof.kind == ChangeKind.SCORE else str(value)


def derived_bytes(*, proof: CounterfactualProof, is_a_step_before: bool = False) -> bytes:
    """The derived instance that a proof names, made anew from the run's instance."""
    row = proof.counterfactual.explanation
    label = label_of(run=row.run, application_id=row.application_id)
    question = Question(run_bytes(run=row.run), label, proof.counterfactual.goal, lambda _done, _most: None)
    value = proof.less_value if is_a_step_before and proof.less_value is not None else proof.value
    return question.changed(proof.kind, abs(value - proof.before))


def proofs_for_staff() -> QuerySet[CounterfactualProof]:
    """Proofs with the outcome they belong to."""
    return CounterfactualProof.objects.select_related("counterfactual__explanation__run").defer(
        "counterfactual__explanation__run__result"
    )
