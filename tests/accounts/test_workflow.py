"""Every state × action of the four lifecycles; the legal pairs are listed by hand."""

import itertools

import pytest
from django.db import InternalError, connection, transaction
from django.utils import timezone

from accounts import services
from accounts.enums import (
    InvitationAction,
    InvitationStatus,
    MembershipAction,
    MembershipStatus,
    OrganizationAction,
    OrganizationStatus,
    RecoveryAction,
    RecoveryStatus,
)
from accounts.models import Invitation, Membership, Organization, RecoveryRequest
from accounts.workflow import INVITATION_WORKFLOW, MEMBERSHIP_WORKFLOW, ORGANIZATION_WORKFLOW, RECOVERY_WORKFLOW
from tests.accounts.factories import MembershipFactory, SupplierFactory, SupplierUserFactory, UserFactory

pytestmark = pytest.mark.django_db

LEGAL = {
    ORGANIZATION_WORKFLOW: {
        ("pending", "confirm", "confirmed"),
        ("pending", "reject", "rejected"),
        ("rejected", "resubmit", "pending"),
        ("confirmed", "suspend", "suspended"),
        ("suspended", "restore", "confirmed"),
        ("confirmed", "close", "closed"),
        ("suspended", "close", "closed"),
        ("rejected", "close", "closed"),
    },
    MEMBERSHIP_WORKFLOW: {
        ("requested", "accept", "active"),
        ("requested", "reject", "rejected"),
        ("requested", "withdraw", "left"),
        ("active", "leave", "left"),
        ("active", "remove", "left"),
        ("requested", "appoint", "active"),
    },
    INVITATION_WORKFLOW: {
        ("sent", "accept", "accepted"),
        ("sent", "revoke", "revoked"),
        ("sent", "expire", "expired"),
    },
    RECOVERY_WORKFLOW: {("requested", "appoint", "appointed"), ("requested", "decline", "declined")},
}
STATES = {
    ORGANIZATION_WORKFLOW: (OrganizationStatus, OrganizationAction),
    MEMBERSHIP_WORKFLOW: (MembershipStatus, MembershipAction),
    INVITATION_WORKFLOW: (InvitationStatus, InvitationAction),
    RECOVERY_WORKFLOW: (RecoveryStatus, RecoveryAction),
}


@pytest.mark.parametrize("workflow", LEGAL, ids=lambda w: w.name)
def test_the_table_has_these_edges_and_no_others(workflow):
    _states, actions = STATES[workflow]
    assert set(workflow.edges) == set(actions)
    edges = {
        (str(source), str(action), str(target))
        for action, (sources, target) in workflow.edges.items()
        for source in sources
    }
    assert edges == LEGAL[workflow]


# A row in each state, with the columns that the state's constraints demand.

FULL = {
    Organization: {"confirmed_at": timezone.now(), "rejection_reason": "reason"},
    Membership: {"reason": "reason"},
    Invitation: {},
    RecoveryRequest: {"decision_reason": "reason"},
}


def first_row(model):
    company = SupplierUserFactory()
    if model is Organization:
        return SupplierFactory(pending=True)
    if model is Membership:
        return MembershipFactory(requested=True, organization=company.current_organization)
    if model is Invitation:
        return services.invite_member(
            actor=company, organization_id=company.current_organization_id, email="x@example.org", role="officer"
        )
    return services.request_recovery(
        actor=UserFactory(), organization_id=company.current_organization_id, explanation="x"
    )


def columns(model, status):
    """What must be true of the other columns in this state."""
    now = timezone.now()
    if model is Membership:
        joined = now if status in {"active", "left"} else None
        return {**FULL[model], "joined_at": joined, "left_at": now if status == "left" else None}
    if model is Invitation:
        return {"accepted_at": now if status == "accepted" else None}
    if model is RecoveryRequest:
        return {**FULL[model], "decided_at": None if status == "requested" else now}
    return FULL[model]


def put_into(row, status):
    """Set a state without the trigger, as a restored backup would."""
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assignments = {**columns(type(row), status), "status": status}
        pairs = ", ".join(f"{name} = %s" for name in assignments)
        cursor.execute(f"UPDATE {table} SET {pairs} WHERE id = %s", [*assignments.values(), row.pk])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


CASES = [
    (model, workflow, str(source), str(target))
    for model, workflow in zip(FULL, LEGAL, strict=True)
    for source, target in itertools.permutations(STATES[workflow][0], 2)
]


@pytest.mark.parametrize(("model", "workflow", "source", "target"), CASES)
def test_the_database_takes_the_legal_edges_and_refuses_the_rest(model, workflow, source, target):
    row = first_row(model)
    put_into(row, source)
    is_legal = any((source, target) == (s, t) for s, _action, t in LEGAL[workflow])
    change = {**columns(model, target), "status": target}

    def attempt():
        with transaction.atomic():
            assert model.objects.filter(pk=row.pk).update(**change) == 1

    if is_legal:
        attempt()
    else:
        with pytest.raises(InternalError):
            attempt()
    row.refresh_from_db()
    assert row.status == (target if is_legal else source)


@pytest.mark.parametrize("status", ["rejected", "suspended", "closed"])
def test_an_organization_is_born_waiting_or_confirmed(status):
    with pytest.raises(InternalError, match="cannot start"), transaction.atomic():
        SupplierFactory(status=status, rejection_reason="x")


@pytest.mark.parametrize("status", ["rejected", "left"])
def test_a_membership_is_born_asked_for_or_active(status):
    with pytest.raises(InternalError, match="cannot start"), transaction.atomic():
        MembershipFactory(status=status, reason="x", left_at=timezone.now())
