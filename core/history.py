"""What happened to a case, in words: the audit log keeps codes, people read labels."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from core.audit import history_of
from core.models import AuditEntry
from core.workflow import REGISTRY, SYSTEM, Workflow

VERBS: dict[str, Any] = {
    "accept_as_institution": pgettext_lazy("history", "Institution accepted"),
    "accept_as_supplier": pgettext_lazy("history", "Supplier accepted"),
    "add_member": pgettext_lazy("history", "Member added"),
    "answer": pgettext_lazy("history", "Answered"),
    "appeal": pgettext_lazy("history", "Appealed"),
    "ask": pgettext_lazy("history", "Asked"),
    "assign": pgettext_lazy("history", "Handed over"),
    "bar_extension": pgettext_lazy("history", "Extension barred"),
    "begin": pgettext_lazy("history", "Begun"),
    "certificate": pgettext_lazy("history", "Certificate recorded"),
    "change": pgettext_lazy("history", "Changed"),
    "change_budget": pgettext_lazy("history", "Budget changed"),
    "change_role": pgettext_lazy("history", "Role changed"),
    "classify": pgettext_lazy("history", "Marks set"),
    "confirm_validity": pgettext_lazy("history", "Validity confirmed"),
    "contract": pgettext_lazy("history", "Contract written"),
    "copy": pgettext_lazy("history", "Copied"),
    "correct": pgettext_lazy("history", "Correction started"),
    "correction": pgettext_lazy("history", "Corrected"),
    "create": pgettext_lazy("history", "Created"),
    "delete": pgettext_lazy("history", "Deleted"),
    "deliver_part": pgettext_lazy("history", "Delivered in part"),
    "designate": pgettext_lazy("history", "Designated"),
    "detach_file": pgettext_lazy("history", "File removed"),
    "discard": pgettext_lazy("history", "Discarded"),
    "draft": pgettext_lazy("history", "Drafted"),
    "end": pgettext_lazy("history", "Ended"),
    "explain": pgettext_lazy("history", "Explained"),
    "extend": pgettext_lazy("history", "Extended"),
    "extension": pgettext_lazy("history", "Extended"),
    "fail": pgettext_lazy("history", "Failed"),
    "grant_role": pgettext_lazy("history", "Role given"),
    "handle_incident": pgettext_lazy("history", "Incident handled"),
    "import_official_list": pgettext_lazy("history", "Imported from the official list"),
    "inspect": pgettext_lazy("history", "Inspected"),
    "interest": pgettext_lazy("history", "Interest shown"),
    "invite": pgettext_lazy("history", "Invited"),
    "issue": pgettext_lazy("history", "Issued"),
    "ledger_commit": pgettext_lazy("history", "Money committed"),
    "ledger_correction": pgettext_lazy("history", "Ledger corrected"),
    "ledger_plan": pgettext_lazy("history", "Money planned"),
    "ledger_release": pgettext_lazy("history", "Money released"),
    "ledger_reserve": pgettext_lazy("history", "Money reserved"),
    "ledger_spend": pgettext_lazy("history", "Money spent"),
    "lock": pgettext_lazy("history", "Locked"),
    "log": pgettext_lazy("history", "Use logged"),
    "object": pgettext_lazy("history", "Objected"),
    "open": pgettext_lazy("history", "Opened"),
    "opinion": pgettext_lazy("history", "Opinion given"),
    "order": pgettext_lazy("history", "Ordered from a worker"),
    "overdue": pgettext_lazy("history", "Overdue"),
    "override": pgettext_lazy("history", "Award set by hand"),
    "pass_all": pgettext_lazy("history", "Passed in bulk"),
    "plan": pgettext_lazy("history", "Planned"),
    "prepare": pgettext_lazy("history", "Prepared"),
    "promote": pgettext_lazy("history", "Moved up from the waitlist"),
    "propose": pgettext_lazy("history", "Proposed"),
    "publish": pgettext_lazy("history", "Published"),
    "raise_ceiling": pgettext_lazy("history", "Ceiling raised"),
    "rank": pgettext_lazy("history", "Priorities changed"),
    "reactivate": pgettext_lazy("history", "Reactivated"),
    "read_indicator": pgettext_lazy("history", "Indicator read"),
    "receive_transfer": pgettext_lazy("history", "Received by transfer"),
    "record": pgettext_lazy("history", "Recorded"),
    "record_outcomes": pgettext_lazy("history", "Outcomes of the matching recorded"),
    "register": pgettext_lazy("history", "Registered"),
    "rename": pgettext_lazy("history", "Renamed"),
    "renotice": pgettext_lazy("history", "Noticed anew"),
    "reply": pgettext_lazy("history", "Replied"),
    "report_incident": pgettext_lazy("history", "Incident reported"),
    "request_approval": pgettext_lazy("history", "Approval asked for"),
    "request_extension": pgettext_lazy("history", "Extension asked for"),
    "request_recovery": pgettext_lazy("history", "Administrator asked for"),
    "request_termination": pgettext_lazy("history", "Termination asked for"),
    "request_to_join": pgettext_lazy("history", "Asked to join"),
    "resend_invitation": pgettext_lazy("history", "Invited again"),
    "review_price": pgettext_lazy("history", "Price settled"),
    "revoke_role": pgettext_lazy("history", "Role taken away"),
    "save": pgettext_lazy("history", "Saved"),
    "send_again": pgettext_lazy("history", "Sent again"),
    "send_back": pgettext_lazy("history", "Sent back to the officer"),
    "set_language": pgettext_lazy("history", "Language chosen"),
    "sign_up": pgettext_lazy("history", "Signed up"),
    "start": pgettext_lazy("history", "Started"),
    "switch_organization": pgettext_lazy("history", "Organization switched"),
    "take_back_proposal": pgettext_lazy("history", "Proposal taken back"),
    "try": pgettext_lazy("history", "Tried"),
    "update": pgettext_lazy("history", "Updated"),
    "update_organization": pgettext_lazy("history", "Organization updated"),
    "update_profile": pgettext_lazy("history", "Profile updated"),
    "withdraw": pgettext_lazy("history", "Withdrawn"),
}
"""Events that are no action of a lifecycle."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a case's history."""

    happened_at: datetime
    actor_label: str
    verb: Any
    before: Any
    after: Any
    reason: str


def told(*, target: models.Model, workflow: Workflow | None) -> list[Event]:
    """Everything that happened to a case, oldest first, in the words of its lifecycle."""
    actions = _labels(workflow.edges) if workflow else {}
    states = _states(type(target)) if workflow else {}
    return [_event(entry, actions, states) for entry in history_of(target=target)]


def in_words(*, entry: AuditEntry) -> Event:
    """One entry of the audit log in the words of the lifecycle of its case."""
    actions, states = _vocabulary(entry.target_type)
    return _event(entry, actions, states)


def kind_of_case(*, target_type: str) -> Any:
    """What a case of the audit log is called; the code where the model is gone."""
    model = _model(target_type)
    return model._meta.verbose_name if model else target_type


def case_of(*, entry: AuditEntry) -> models.Model | None:
    """The case that an entry is about, while it exists."""
    model = _model(entry.target_type)
    return model._default_manager.filter(pk=entry.target_id).first() if model else None


def cases_of(*, references: Iterable[tuple[str, Any]]) -> dict[tuple[str, Any], models.Model]:
    """Cases by kind and key, in one query per kind."""
    wanted = defaultdict(set)
    for kind, key in references:
        wanted[kind].add(key)
    found: dict[tuple[str, Any], models.Model] = {}
    for kind, keys in wanted.items():
        if model := _model(kind):
            found.update({(kind, row.pk): row for row in model._default_manager.filter(pk__in=keys)})
    return found


def verbs_of(*, target_type: str) -> dict[str, Any]:
    """The actions of a kind of case, besides the events that any case may have."""
    return {**VERBS, **_vocabulary(target_type)[0]}


def _event(entry: AuditEntry, actions: dict[str, Any], states: dict[str, Any]) -> Event:
    return Event(
        entry.happened_at,
        _("the portal itself") if entry.actor_label == str(SYSTEM) else entry.actor_label,
        actions.get(entry.verb) or VERBS.get(entry.verb) or entry.verb.replace("_", " "),
        states.get(entry.before, entry.before),
        states.get(entry.after, entry.after),
        entry.reason,
    )


@cache
def _vocabulary(target_type: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Labels of actions and states by code; lazy ones, so that every reader gets their own language."""
    model = _model(target_type)
    workflow = next((each for name, each in REGISTRY.items() if name.lower() == target_type), None)
    return (_labels(workflow.edges) if workflow else {}), (_states(model) if model and workflow else {})


def _model(target_type: str) -> type[models.Model] | None:
    try:
        return apps.get_model(target_type)
    except (LookupError, ValueError):
        return None


def _states(model: type[models.Model]) -> dict[str, Any]:
    return dict(getattr(model._meta.get_field("status"), "flatchoices", ()))


def _labels(members: Iterable[Any]) -> dict[str, Any]:
    return {str(member): getattr(member, "label", member) for member in members}
