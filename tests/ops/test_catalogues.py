"""The catalogue tool: what counts as marked for translation, and which faults it finds."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture(scope="module")
def catalogues():
    specification = importlib.util.spec_from_file_location("catalogues", ROOT / "tools" / "catalogues.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["catalogues"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    yield module
    del sys.modules["catalogues"]


@pytest.fixture
def project(catalogues, tmp_path, monkeypatch):
    """A project of one app, one template and one fragment."""
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "FRAGMENTS", tmp_path / "fragments")
    monkeypatch.setattr(catalogues, "TARGET", tmp_path / "target")
    monkeypatch.setattr(catalogues, "STAMP", tmp_path / "stamps" / "catalogues")
    monkeypatch.setattr(catalogues, "LIBRARIES", [])
    monkeypatch.setattr(catalogues, "RULES", tmp_path / "rules")
    for directory in ("fragments", "core", "templates"):
        (tmp_path / directory).mkdir()
    return tmp_path


def write_fragment(project, name, *pairs):
    text = HEADER + "".join(f'msgid "{source}"\nmsgstr "{target}"\n\n' for source, target in pairs)
    (project / "fragments" / f"{name}.po").write_text(text)


def test_every_spelling_in_python_is_found(catalogues):
    source = """
from django.utils.translation import gettext_lazy as _, ngettext as n_, pgettext
a = _("One " "text")
b = _("yes" if x else "no")
c = n_("%(n)s unit", "%(n)s units", 3) % {"n": 3}
d = pgettext("round", "Open")
e = _(name)
f = other("not marked")
"""
    found = {message for message, _line in catalogues.python_messages(source)}

    message = catalogues.Message
    assert found == {
        message("", "One text"),
        message("", "yes"),
        message("", "no"),
        message("", "%(n)s unit", "%(n)s units"),
        message("round", "Open"),
    }


def test_every_spelling_in_templates_is_found(catalogues):
    source = """{% load i18n %}{% translate "50% off" %}{% translate "Open" context "round" %}
{% blocktranslate count n=units trimmed %}
  {{ n }} unit
{% plural %}
  {{ n }} units
{% endblocktranslate %}
<c-badge :label="_('Ready')" /><c-badge label="Not marked" />{% include "x.html" with title=_("Title") %}"""
    found = {message for message, _line in catalogues.template_messages(source, "x.html")}

    message = catalogues.Message
    assert found == {
        message("", "50%% off"),
        message("round", "Open"),
        message("", "%(n)s unit", "%(n)s units"),
        message("", "Ready"),
        message("", "Title"),
    }


def test_a_text_without_translation_and_a_translation_without_text_are_faults(catalogues, project):
    (project / "core" / "views.py").write_text('from django.utils.translation import gettext as _\na = _("Used")\n')
    (project / "templates" / "page.html").write_text('{% load i18n %}{% translate "Shown" %}')
    write_fragment(project, "core", ("Used", "쓰임"), ("Forgotten", "잊힘"))

    assert list(catalogues.coverage_faults()) == [
        "templates/page.html: no Korean translation: 'Shown'",
        "fragments/core.po:7: used nowhere: 'Forgotten'",
    ]


def test_fragments_that_contradict_each_other_are_a_fault(catalogues, project):
    write_fragment(project, "a", ("Product", "제품"))
    write_fragment(project, "b", ("Product", "상품"), ("Round", "회차"))

    assert list(catalogues.fragment_faults()) == [
        "fragments/b.po:4: 'Product' is translated differently in fragments/a.po:4"
    ]


def test_a_text_that_two_fragments_translate_is_a_fault_even_where_they_agree(catalogues, project):
    write_fragment(project, "a", ("Product", "제품"))
    write_fragment(project, "b", ("Product", "제품"))

    assert list(catalogues.fragment_faults()) == [
        "fragments/b.po:4: 'Product' is translated already in fragments/a.po:4"
    ]


@pytest.mark.parametrize(
    ("source", "target", "fault"),
    [
        ("Round", "", "empty"),
        ("%(count)s units", "대", "a placeholder is missing"),
        ("Units", "%(count)s대", "an unknown placeholder"),
    ],
)
def test_an_entry_that_would_show_wrongly_is_a_fault(catalogues, project, source, target, fault):
    write_fragment(project, "a", (source, target))

    (found,) = catalogues.fragment_faults()
    assert fault in found


def test_a_fuzzy_entry_is_a_fault(catalogues, project):
    (project / "fragments" / "a.po").write_text(HEADER + '#, fuzzy\nmsgid "Round"\nmsgstr "회차"\n')

    assert list(catalogues.fragment_faults()) == ["fragments/a.po:4: fuzzy: 'Round'"]


def test_the_merged_catalogue_is_what_the_portal_reads_and_follows_the_fragments(catalogues, project):
    write_fragment(project, "a", ("Round", "회차"))
    write_fragment(project, "b", ("Product", "제품"))
    catalogues.build()
    first = catalogues.polib.mofile(str(project / "target" / "django.mo"))
    assert {entry.msgid: entry.msgstr for entry in first} == {"Round": "회차", "Product": "제품"}

    write_fragment(project, "b", ("Product", "혁신제품"))
    catalogues.build()

    second = catalogues.polib.mofile(str(project / "target" / "django.mo"))
    assert second.find("Product").msgstr == "혁신제품"
