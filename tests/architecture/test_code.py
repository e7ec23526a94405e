import ast

import pytest

from tests.architecture.sources import APPS, ROOT, SOURCES, TESTS, in_layer, relative


def status_writes(tree):
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            elements = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (e.lineno for e in elements if isinstance(e, ast.Attribute) and e.attr == "status")
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"update", "bulk_update"}:
            yield from (node.lineno for k in node.keywords if k.arg == "status")


def test_only_the_workflow_writes_status():
    offenders = [
        f"{relative(p)}:{line}"
        for p in SOURCES
        if p != ROOT / "core/workflow.py" and "tools" not in p.parts and "embedded" not in p.parts
        for line in status_writes(ast.parse(p.read_text()))
    ]
    assert offenders == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_no_file_outgrows_a_reader(path):
    assert len(path.read_text().splitlines()) <= 500


def functions(path):
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]


def test_services_selectors_and_tasks_take_keyword_arguments_only():
    offenders = [
        f"{relative(path)}:{node.name}"
        for path in SOURCES
        if path.parts[len(ROOT.parts)] in APPS[1:]
        and any(in_layer(path, layer) for layer in ("services", "selectors", "tasks", "periodic"))
        for node in functions(path)
        if not node.name.startswith("_") and (node.args.args or node.args.posonlyargs)
    ]
    assert offenders == []


def test_public_services_and_selectors_say_what_they_do():
    offenders = [
        f"{relative(path)}:{node.name}"
        for path in SOURCES
        if path.parts[len(ROOT.parts)] in APPS and (in_layer(path, "services") or in_layer(path, "selectors"))
        for node in functions(path)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert offenders == []


def test_views_stay_short():
    offenders = [
        f"{relative(path)}:{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in SOURCES
        if in_layer(path, "views")
        for node in functions(path)
        if node.end_lineno - node.lineno + 1 > 25
    ]
    assert offenders == []


def test_views_reach_objects_through_selectors():
    offenders = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES
        if in_layer(path, "views")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
    ]
    assert offenders == []


def test_nobody_overrides_save():
    offenders = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES
        if any(in_layer(path, layer) for layer in ("models", "forms", "admin"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "save_model", "delete_model", "save_formset"}
    ]
    assert offenders == []


def test_locks_name_their_table():
    offenders = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "select_for_update"
        and not any(k.arg == "of" for k in node.keywords)
    ]
    assert offenders == []


def test_only_the_relay_sends_tasks():
    allowed = {"core/outbox.py"}
    offenders = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES
        if relative(path) not in allowed
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"delay", "apply_async", "send_task"}
    ]
    assert offenders == []


def test_the_environment_is_read_in_the_settings_only():
    allowed = ("config/", "core/embedded/", "tools/")
    offenders = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES
        if not relative(path).startswith(allowed)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert offenders == []
