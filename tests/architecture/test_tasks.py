import ast

from celery import current_app
from django.template.loader import get_template

import config
from core.notifications import kinds
from tests.architecture.sources import SOURCES


def literal_first_arguments(function_name):
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name == function_name and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_every_enqueued_name_is_a_registered_task():
    current_app.loader.import_default_modules()
    wanted = {*literal_first_arguments("enqueue"), *literal_first_arguments("enqueue_all")}
    assert wanted
    assert wanted - set(current_app.tasks) == set()


def test_every_beat_entry_is_a_registered_task():
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in config.app.conf.beat_schedule.values()}
    assert scheduled - set(current_app.tasks) == set()


def test_every_kind_of_notification_has_its_letters():
    for kind in kinds():
        app, fact = kind.split(".", 1)
        get_template(f"{app}/mail/{fact}_subject.txt")
        get_template(f"{app}/mail/{fact}_body.txt")
