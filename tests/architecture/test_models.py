import re

import pytest
from django.apps import apps
from django.db import models

from core.workflow import REGISTRY, pairs_of
from tests.architecture.sources import APPS

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in APPS and not hasattr(model, "pgh_tracked_model")
]
IDS = [model._meta.label for model in OURS]


@pytest.mark.parametrize("model", OURS, ids=IDS)
def test_constraints_are_named_after_the_model(model):
    checked = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint | models.UniqueConstraint)]
    assert [c.name for c in checked if not c.name.startswith(model._meta.model_name)] == []


def own_fields(model):
    fields = [f for f in model._meta.get_fields() if isinstance(f, models.Field) and not f.auto_created]
    return [f for f in fields if f.model is model]


def well_named(field):
    name = field.name
    if isinstance(field, models.DateTimeField):
        return name.endswith(("_at", "_until", "date_joined", "last_login"))
    if isinstance(field, models.DateField):
        return name.endswith(("_on", "_from", "_until", "_by", "day"))
    if isinstance(field, models.BooleanField):
        return name.startswith(("is_", "has_", "may_", "wants_"))
    return not name.endswith("_krw") or isinstance(field, models.BigIntegerField)


@pytest.mark.parametrize("model", OURS, ids=IDS)
def test_field_names_tell_the_type(model):
    odd = [field.name for field in own_fields(model) if not well_named(field)]
    assert odd == [], f"{model._meta.label}: {odd}"


@pytest.mark.parametrize("model", OURS, ids=IDS)
def test_no_hidden_order_and_a_readable_name(model):
    assert model._meta.ordering in ([], ())
    assert "__str__" in model.__dict__ or model.__str__ is not models.Model.__str__


def lifecycle_models():
    return [m for m in OURS if any(f.name == "status" and f.choices for f in m._meta.fields)]


@pytest.mark.parametrize("model", lifecycle_models(), ids=lambda m: m._meta.label)
def test_every_lifecycle_has_one_table_that_the_database_knows(model):
    workflow = REGISTRY.get(model._meta.label)
    assert workflow is not None, f"{model._meta.label} has a status but no workflow"
    fsm = [t for t in getattr(model._meta, "triggers", []) if hasattr(t, "transitions")]
    assert [sorted(t.transitions) for t in fsm] == [pairs_of(workflow.edges)]
    assert any(t.name.endswith("_first") for t in model._meta.triggers)


def test_workflow_names_are_models():
    assert [name for name in REGISTRY if not re.fullmatch(r"\w+\.\w+", name) or apps.get_model(name) is None] == []
