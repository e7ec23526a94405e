from collections.abc import Iterator

from django.contrib import admin
from django.urls import URLPattern, get_resolver
from rest_framework.permissions import AllowAny

from accounts.enums import PpsRole
from accounts.management.commands import write_permissions
from config import api
from core.access import anyone
from core.casework import CaseAdmin
from tests.architecture.public_routes import PUBLIC_ROUTES

# Pages of libraries with rules of their own: the admin's gate, allauth's, DRF's permission classes.
FOREIGN = ("admin/", "accounts/", "i18n/", "api/")


def iter_views(patterns, prefix="") -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback
        else:
            yield from iter_views(pattern.url_patterns, prefix + str(pattern.pattern))


def own_views():
    for route, view in iter_views(get_resolver().url_patterns):
        if not route.startswith(FOREIGN):
            yield route, view


def test_every_page_declares_who_may_open_it():
    assert [route for route, view in own_views() if not hasattr(view, "access_rule")] == []


def test_the_list_of_public_pages_is_the_one_we_agreed():
    found = {route for route, view in own_views() if getattr(view, "access_rule", None) is anyone}
    assert found == PUBLIC_ROUTES


def test_the_admin_edits_nothing_around_the_services():
    own = [
        a
        for a in admin.site._registry.values()
        if type(a).__module__.split(".")[0]
        in {"core", "accounts", "products", "pilots", "matching", "feedback", "overseas", "market"}
    ]
    assert [str(a) for a in own if not isinstance(a, CaseAdmin)] == []
    assert [str(a) for a in own if "status" in a.editable_fields] == []
    assert [str(a) for a in own if a.actions] == []


def test_the_list_of_public_endpoints_is_the_one_we_agreed():
    views = {prefix: view for prefix, view, _name in api.router.registry}
    open_to_all = {prefix for prefix, view in views.items() if AllowAny in view.permission_classes}
    assert open_to_all == api.PUBLIC


def test_the_page_of_permissions_is_the_one_the_code_declares():
    assert write_permissions.PAGE.read_text() == write_permissions.document(), "run manage.py write_permissions"


def test_an_auditor_reads_and_presses_nothing():
    auditor = str(PpsRole.AUDITOR)
    own = [each for each in admin.site._registry.values() if isinstance(each, CaseAdmin)]

    def pressed(roles):
        return not roles or auditor in map(str, roles)

    assert len(own) > 40
    assert [
        f"{case.opts.label}: {action.name}"
        for case in own
        for action in case.case_actions
        if pressed(action.roles or case.act_roles or case.view_roles)
    ] == []
    assert [case.opts.label for case in own if auditor in map(str, case.add_roles)] == []
