from enum import StrEnum
from types import SimpleNamespace

import pytest

from core import workflow
from core.errors import IllegalTransition, NotPermitted
from core.workflow import SYSTEM, Rule, Workflow, draw, pairs_of


class S(StrEnum):
    NEW = "new"
    DONE = "done"


class A(StrEnum):
    FINISH = "finish"
    REOPEN = "reopen"


EDGES = {A.FINISH: (frozenset({S.NEW}), S.DONE), A.REOPEN: (frozenset({S.DONE}), S.NEW)}


def may(actor, obj):
    return actor.pk == obj.owner


def has_note(obj):
    return None if obj.note else "Write a note first."


@pytest.fixture
def flow(monkeypatch):
    monkeypatch.setattr(workflow, "REGISTRY", {})
    return Workflow("x.Case", EDGES, {A.FINISH: Rule(may, guards=(has_note,), system=True), A.REOPEN: Rule(may)})


def case(**kwargs):
    return SimpleNamespace(
        **{"status": S.NEW, "owner": 1, "note": "yes", "get_status_display": lambda: "new", **kwargs}
    )


OWNER = SimpleNamespace(pk=1)


def test_advance_moves_along_an_edge_and_returns_where_it_came_from(flow):
    obj = case()

    assert flow.advance(obj, A.FINISH, OWNER) == S.NEW
    assert obj.status == S.DONE


def test_a_stranger_is_refused_before_anything_else(flow):
    with pytest.raises(NotPermitted):
        flow.advance(case(status=S.DONE), A.FINISH, SimpleNamespace(pk=2))


def test_a_guard_refuses_with_its_reason(flow):
    with pytest.raises(IllegalTransition, match="Write a note"):
        flow.advance(case(note=""), A.FINISH, OWNER)


def test_the_portal_itself_acts_only_where_the_table_says_so(flow):
    flow.advance(case(), A.FINISH, SYSTEM)
    with pytest.raises(NotPermitted):
        flow.advance(case(status=S.DONE), A.REOPEN, SYSTEM)


def test_available_is_what_advance_would_allow(flow):
    assert flow.available(case(), OWNER) == [A.FINISH]
    assert flow.available(case(status=S.DONE), OWNER) == [A.REOPEN]
    assert flow.available(case(note=""), OWNER) == []


def test_a_table_with_an_edge_nobody_rules_is_refused(monkeypatch):
    monkeypatch.setattr(workflow, "REGISTRY", {})
    with pytest.raises(ValueError, match="reopen"):
        Workflow("x.Case", EDGES, {A.FINISH: Rule(may)})


def test_drawing_and_pairs_show_every_edge(flow):
    assert pairs_of(EDGES) == [("done", "new"), ("new", "done")]
    assert "new --> done: finish" in draw(flow)
