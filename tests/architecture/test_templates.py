import re

import pytest
from django.template.loader import get_template

from tests.architecture.sources import ROOT, SOURCES, TEMPLATES, relative

PAGES = sorted(p for p in TEMPLATES.rglob("*") if p.suffix in {".html", ".txt"})
# Names that libraries look up by convention.
FOUND_BY_LIBRARIES = (
    "cotton/",
    "admin/",
    "account/",
    "usersessions/",
    "allauth/",
    "mfa/",
    "usersessions/",
    "django/",
    "socialaccount/",
)
ERRORS = {"400.html", "403.html", "404.html", "500.html"}


def name_of(path):
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_template_compiles(path):
    get_template(name_of(path))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_nothing_inline(path):
    text = path.read_text()
    assert re.findall(r"<script(?![^>]*(?:src=|type=\"application/json\"))[^>]*>", text) == []
    assert re.findall(r"\son(?:click|change|submit|load|input)\s*=", text) == []
    assert re.findall(r"(?<!c-)\sstyle\s*=\s*[\"']", text) == []
    assert "<style" not in text


def test_every_template_is_named_somewhere():
    sources = "".join(p.read_text() for p in SOURCES)
    templates = {p: p.read_text() for p in PAGES}
    orphans = []
    for path in PAGES:
        name = name_of(path)
        if (name.startswith(FOUND_BY_LIBRARIES) and "admin/" not in name) or "/mail/" in name or name in ERRORS:
            continue
        others = "".join(text for other, text in templates.items() if other != path)
        overrides_django = (
            name.startswith("admin/") and (ROOT / ".venv").exists() and (name.count("/") == 1 or "/widgets/" in name)
        )
        if name not in sources and name not in others and not overrides_django:
            orphans.append(name)
    assert orphans == []


def test_pages_write_krds_markup_through_components_only():
    krds = re.compile(r"class=\"[^\"]*\bkrds-(?:btn|badge|pagination|modal|table-wrap|breadcrumb|step)\b")
    offenders = [
        relative(p) for p in PAGES if "cotton" not in p.parts and "admin" not in p.parts and krds.search(p.read_text())
    ]
    assert [o for o in offenders if not o.endswith("base.html") and "_parts" not in o] == []
