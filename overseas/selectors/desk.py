"""What waits for whom."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from accounts.perms import may_work_as_supplier
from core.dashboard import Card, Queue
from overseas.enums import CallStatus, DemonstrationStatus, OverseasStatus
from overseas.models import Demonstration, OverseasApplication, OverseasCall
from overseas.selectors.cases import applications_for, open_calls

GROUP = _("Overseas demonstration")


def cards(*, actor: Any) -> Iterable[Card]:
    """For companies: open calls and drafts."""
    if not may_work_as_supplier(actor):
        return []
    url = reverse("overseas:application_list")
    drafts = applications_for(actor=actor, status=OverseasStatus.DRAFT).count()
    calls = open_calls().count()
    found = [Card(_("Open overseas calls"), calls, url, "info", group=GROUP)] if calls else []
    if drafts:
        found.append(Card(_("Overseas drafts"), drafts, f"{url}?status=draft", "warning", group=GROUP))
    return found


def queues() -> Iterable[Queue]:
    """Piles of the PPS home page."""
    reviewer, approver = frozenset({PpsRole.REVIEWER.value}), frozenset({PpsRole.APPROVER.value})
    contract = frozenset({PpsRole.CONTRACT.value})
    applications, demonstrations = "overseasapplication", "demonstration"
    return [
        _queue(_("Overseas applications to review"), applications, OverseasStatus.SUBMITTED, reviewer),
        _queue(_("Overseas selections to decide"), applications, OverseasStatus.PROPOSED, approver),
        _queue(_("Overseas contracts to write"), demonstrations, DemonstrationStatus.AGREED, contract),
        _queue(_("Overseas results to evaluate"), demonstrations, DemonstrationStatus.REPORTED, reviewer),
        _queue(_("Overseas evaluations to approve"), demonstrations, DemonstrationStatus.EVALUATING, approver),
        _queue(_("Overseas calls to decide"), "overseascall", CallStatus.CLOSED, approver),
    ]


_MODELS = {
    "overseasapplication": OverseasApplication,
    "demonstration": Demonstration,
    "overseascall": OverseasCall,
}


def _queue(title: Any, model: str, status: str, roles: frozenset[str]) -> Queue:
    rows = _MODELS[model]._default_manager.filter(status=status)
    oldest = rows.aggregate(oldest=Min("created_at"))["oldest"]
    url = f"{reverse(f'admin:overseas_{model}_changelist')}?status__exact={status}"
    return Queue(title, rows.count(), url, oldest, roles)
