"""What happened to a case, in words: the audit log keeps codes, people read labels."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from core.audit import history_of
from core.workflow import SYSTEM, Workflow

VERBS: dict[str, Any] = {
    "accept_as_institution": pgettext_lazy("history", "Institution accepted"),
    "accept_as_supplier": pgettext_lazy("history", "Supplier accepted"),
    "answer": pgettext_lazy("history", "Answered"),
    "ask": pgettext_lazy("history", "Asked"),
    "assign": pgettext_lazy("history", "Handed over"),
    "bar_extension": pgettext_lazy("history", "Extension barred"),
    "begin": pgettext_lazy("history", "Begun"),
    "certificate": pgettext_lazy("history", "Certificate recorded"),
    "change": pgettext_lazy("history", "Changed"),
    "change_budget": pgettext_lazy("history", "Budget changed"),
    "classify": pgettext_lazy("history", "Marks set"),
    "confirm_validity": pgettext_lazy("history", "Validity confirmed"),
    "contract": pgettext_lazy("history", "Contract written"),
    "correct": pgettext_lazy("history", "Correction started"),
    "create": pgettext_lazy("history", "Created"),
    "deliver_part": pgettext_lazy("history", "Delivered in part"),
    "designate": pgettext_lazy("history", "Designated"),
    "draft": pgettext_lazy("history", "Drafted"),
    "explain": pgettext_lazy("history", "Explained"),
    "extend": pgettext_lazy("history", "Extended"),
    "grant_role": pgettext_lazy("history", "Role given"),
    "import_official_list": pgettext_lazy("history", "Imported from the official list"),
    "inspect": pgettext_lazy("history", "Inspected"),
    "issue": pgettext_lazy("history", "Issued"),
    "lock": pgettext_lazy("history", "Locked"),
    "log": pgettext_lazy("history", "Use logged"),
    "object": pgettext_lazy("history", "Objected"),
    "open": pgettext_lazy("history", "Opened"),
    "opinion": pgettext_lazy("history", "Opinion given"),
    "overdue": pgettext_lazy("history", "Overdue"),
    "override": pgettext_lazy("history", "Award set by hand"),
    "plan": pgettext_lazy("history", "Planned"),
    "prepare": pgettext_lazy("history", "Prepared"),
    "promote": pgettext_lazy("history", "Moved up from the waitlist"),
    "propose": pgettext_lazy("history", "Proposed"),
    "publish": pgettext_lazy("history", "Published"),
    "raise_ceiling": pgettext_lazy("history", "Ceiling raised"),
    "rank": pgettext_lazy("history", "Priorities changed"),
    "read_indicator": pgettext_lazy("history", "Indicator read"),
    "record": pgettext_lazy("history", "Recorded"),
    "record_outcomes": pgettext_lazy("history", "Outcomes of the matching recorded"),
    "register": pgettext_lazy("history", "Registered"),
    "rename": pgettext_lazy("history", "Renamed"),
    "reply": pgettext_lazy("history", "Replied"),
    "request_approval": pgettext_lazy("history", "Approval asked for"),
    "request_extension": pgettext_lazy("history", "Extension asked for"),
    "request_termination": pgettext_lazy("history", "Termination asked for"),
    "review_price": pgettext_lazy("history", "Price settled"),
    "revoke_role": pgettext_lazy("history", "Role taken away"),
    "save": pgettext_lazy("history", "Saved"),
    "send_back": pgettext_lazy("history", "Sent back to the officer"),
    "send_again": pgettext_lazy("history", "Sent again"),
    "start": pgettext_lazy("history", "Started"),
    "take_back_proposal": pgettext_lazy("history", "Proposal taken back"),
    "try": pgettext_lazy("history", "Tried"),
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
    states = dict(getattr(target._meta.get_field("status"), "flatchoices", ())) if workflow else {}
    return [
        Event(
            entry.happened_at,
            _("the portal itself") if entry.actor_label == str(SYSTEM) else entry.actor_label,
            actions.get(entry.verb) or VERBS.get(entry.verb) or entry.verb.replace("_", " "),
            states.get(entry.before, entry.before),
            states.get(entry.after, entry.after),
            entry.reason,
        )
        for entry in history_of(target=target)
    ]


def _labels(members: Iterable[Any]) -> dict[str, Any]:
    return {str(member): getattr(member, "label", member) for member in members}
