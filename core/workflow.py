"""One table per lifecycle: which action leads from where to where, who may take it, and what stands in the way.

The edges live beside the states in an app's ``enums.py``. The same table feeds three readers: the database triggers
(:func:`lifecycle_triggers`, so that an illegal edge fails through ``save``, ``update`` and raw SQL alike), the
services (:meth:`Workflow.advance`) and the generated pages in ``docs/lifecycles/``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pgtrigger
from django.utils.translation import gettext as _

from core.errors import DomainError, IllegalTransition, NotPermitted

Edges = Mapping[Any, tuple[frozenset[Any], Any]]


class System:
    """The portal itself, acting on a timer or on behalf of nobody in particular."""

    pk = None
    is_active = True

    def __str__(self) -> str:
        return "system"


SYSTEM: Final = System()


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may take an action, and the guards that may still refuse it with a reason."""

    allowed: Callable[[Any, Any], bool]
    guards: tuple[Callable[[Any], Any], ...] = ()
    system: bool = False

    def permits(self, actor: Any, obj: Any) -> bool:
        if isinstance(actor, System):
            return self.system
        return bool(self.allowed(actor, obj))


REGISTRY: "dict[str, Workflow]" = {}


class Workflow:
    """A lifecycle: ``available`` draws the buttons, ``advance`` enforces, both from the same table."""

    def __init__(self, name: str, edges: Edges, rules: Mapping[Any, Rule]) -> None:
        """``name`` is the model's label, for example ``pilots.PilotApplication``.

        Raises:
            ValueError: an edge without a rule, or a rule without an edge.
        """
        if set(edges) != set(rules):
            odd = sorted(str(action) for action in set(edges) ^ set(rules))
            raise ValueError(f"{name}: edges and rules differ at {odd}")
        self.name = name
        self.edges = edges
        self.rules = rules
        REGISTRY[name] = self

    def available(self, obj: Any, actor: Any) -> list[Any]:
        """The actions that ``actor`` could take on ``obj`` now, in the order of the table."""
        return [action for action in self.edges if self.refusal(obj, action, actor) is None]

    def refusal(self, obj: Any, action: Any, actor: Any) -> DomainError | None:
        """Why ``advance`` would refuse, or None."""
        sources, _target = self.edges[action]
        rule = self.rules[action]
        if not rule.permits(actor, obj):
            return NotPermitted()
        if obj.status not in sources:
            return IllegalTransition(
                _("This cannot be done while the state is “%(state)s”.") % {"state": obj.get_status_display()}
            )
        for guard in rule.guards:
            if reason := guard(obj):
                return IllegalTransition(reason)
        return None

    def advance(self, obj: Any, action: Any, actor: Any) -> str:
        """Move ``obj`` to the action's target and return the state it left. The caller holds the row lock and saves.

        Raises:
            NotPermitted: the actor may not take this action.
            IllegalTransition: the state or a guard forbids it.
        """
        if error := self.refusal(obj, action, actor):
            raise error
        previous: str = obj.status
        obj.status = self.edges[action][1]
        return previous

    def pairs(self) -> list[tuple[str, str]]:
        """Every (from, to) the table allows, sorted."""
        return pairs_of(self.edges)


def pairs_of(edges: Edges) -> list[tuple[str, str]]:
    """Every (from, to) of an edge table, sorted and without repetition."""
    return sorted({(str(s), str(target)) for sources, target in edges.values() for s in sources})


def lifecycle_triggers(prefix: str, first: Any, edges: Edges, *, field: str = "status") -> list[pgtrigger.Trigger]:
    """Database triggers for a lifecycle: updates only along the edges, inserts only in a first state.

    Args:
        prefix: start of the trigger names, unique within the model.
        first: the state (or a frozenset of states) in which rows may be inserted.
        edges: the app's edge table.
        field: the column, ``status`` everywhere in this project.
    """
    firsts: Iterable[Any] = first if isinstance(first, frozenset | set | tuple | list) else [first]
    quoted = ", ".join(f"'{state}'" for state in sorted(str(f) for f in firsts))
    return [
        pgtrigger.FSM(name=f"{prefix}_edges", field=field, transitions=pairs_of(edges)),
        pgtrigger.Trigger(
            name=f"{prefix}_first",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=(
                f"IF NEW.{field} NOT IN ({quoted}) THEN "
                f"RAISE EXCEPTION 'lifecycle: a row of % cannot start as %', TG_TABLE_NAME, NEW.{field}; "
                "END IF; RETURN NEW;"
            ),
        ),
    ]


def draw(workflow: Workflow) -> str:
    """The lifecycle as a Mermaid state diagram, one line per edge, actions as labels."""
    lines = ["stateDiagram-v2"]
    for action, (sources, target) in workflow.edges.items():
        lines += [f"    {source} --> {target}: {action}" for source in sorted(str(s) for s in sources)]
    return "\n".join(lines)
