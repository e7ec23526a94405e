import re

import pytest
from django import forms
from django.core.paginator import Paginator

from tests.architecture.sources import ROOT, TEMPLATES
from tests.frontend.conftest import text_of

CONTRACT = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
# Parts of other components, not written in pages.
INNER = {"map", "required", "field_notes", "table_frame"}


class Survey(forms.Form):
    name = forms.CharField(label="Name", help_text="As registered.")
    mode = forms.ChoiceField(label="Mode", choices=[("a", "Alpha"), ("b", "Beta")], widget=forms.RadioSelect)
    document = forms.FileField(label="Plan")
    is_agreed = forms.BooleanField(label="I agree")


@pytest.mark.parametrize("path", sorted((TEMPLATES / "cotton").glob("*.html")), ids=lambda path: path.stem)
def test_every_component_stands_in_the_contract(path):
    assert path.stem in INNER or f"<c-{path.stem.replace('_', '-')}" in CONTRACT


def test_pages_pass_no_filter_where_none_is_evaluated():
    found = {
        str(path.relative_to(TEMPLATES)): uses
        for path in TEMPLATES.rglob("*.html")
        if (uses := re.findall(r'\s:[a-z_]+="[\w.]+\|[^"]*"', path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_field_names_its_input_and_marks_it_as_required(render):
    html = render('<c-field :field="form.name" />', form=Survey())

    assert '<label for="id_name">Name' in html
    assert 'id="id_name_helptext"' in html
    assert text_of(html) == "Name * (required) As registered."


def test_a_wrong_field_says_so_beside_the_input(render):
    html = render('<c-field :field="form.name" />', form=Survey(data={}))

    assert 'id="id_name_error"' in html
    assert "is-error" in html
    assert text_of(html) == "Name * (required) This field is required. As registered."


def test_radio_buttons_are_a_group_with_a_name(render):
    html = render('<c-field :field="form.mode" />', form=Survey(data={"mode": "b"}))

    assert "<legend" in html
    assert re.findall(r'<label for="(id_mode_\d)">(\w+)', html) == [("id_mode_0", "Alpha"), ("id_mode_1", "Beta")]
    assert html.count("checked") == 1


def test_the_error_summary_links_to_the_fields(render):
    html = render('<c-form-errors :form="form" />', form=Survey(data={}))

    assert re.findall(r'href="(#\w+)"', html) == ["#id_name", "#id_mode", "#id_document", "#id_is_agreed"]
    assert 'role="alert"' in html


def test_a_sound_form_has_no_error_summary(render):
    assert text_of(render('<c-form-errors :form="form" />', form=Survey())) == ""


def test_a_form_posts_with_a_token_and_holds_back_a_second_submit(render):
    html = render('<c-form confirm="Sure?" autosave="/drafts/x/"><c-button>Send</c-button></c-form>')

    assert 'name="csrfmiddlewaretoken"' in html
    assert "data-once" in html
    assert 'data-confirm="Sure?"' in html
    assert 'data-autosave="/drafts/x/"' in html


def test_a_stored_file_is_shown_beside_the_file_field(render):
    files = [{"name": "plan.pdf", "url": "/files/1/", "size": 2048}]
    html = render('<c-file-upload :field="form.document" :files="files" accept=".pdf" />', form=Survey(), files=files)

    assert 'accept=".pdf"' in html
    assert '<a href="/files/1/">plan.pdf</a>' in html


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ('<c-button href="/x/">Go</c-button>', '<a class="krds-btn primary medium" href="/x/"'),
        ("<c-button>Go</c-button>", '<button class="krds-btn primary medium" type="submit"'),
        ('<c-button variant="danger" name="verb" value="no">Go</c-button>', 'name="verb" value="no"'),
        ('<c-button type="button" data-print>Go</c-button>', "data-print"),
    ],
)
def test_a_button_is_a_link_only_where_it_leads_somewhere(render, source, tag):
    assert tag in render(source)


def test_a_badge_takes_its_tone_from_the_status(render):
    assert "im-tone-danger" in render('<c-badge label="No" status="rejected" />')
    assert "im-tone-info" in render('<c-badge label="No" status="rejected" tone="info" />')


def test_a_table_region_can_be_reached_and_is_named(render):
    html = render(
        '<c-table caption="Orders"><c-slot name="head"><tr><c-sort field="name" label="Name" /></tr></c-slot>'
        '<c-slot name="body"><tr><td>x</td></tr></c-slot></c-table>',
        path="/list/?sort=name&q=a",
    )

    assert 'role="region" aria-label="Orders" tabindex="0"' in html
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-name&amp;q=a"' in html


def test_pages_keep_the_filters(render):
    page = Paginator(range(60), 20).page(2)
    html = render('<c-pagination :page="page" />', path="/list/?q=a&page=2", page=page)

    assert re.findall(r'href="([^"]+)"', html) == [f"?q=a&amp;page={n}" for n in (1, 1, 2, 3, 3)]
    assert html.count('aria-current="page"') == 1


def test_one_page_needs_no_pagination(render):
    assert text_of(render('<c-pagination :page="page" />', page=Paginator(range(3), 20).page(1))) == ""


def test_filters_keep_what_is_not_theirs(render):
    html = render('<c-filters :form="form" />', path="/list/?sort=-name&name=x&page=2", form=Survey())

    assert '<input type="hidden" name="sort" value="-name">' in html
    assert 'type="hidden" name="name"' not in html
    assert 'href="/list/"' in html


def test_a_chart_has_its_numbers_in_a_table(render):
    html = render(
        '<c-chart id="budget" title="Budget" :option="option" :table="table" />',
        option={"series": [{"data": [1]}], "title": "</script>"},
        table={
            "headers": ["Track", "Won"],
            "rows": [["General", {"text": "1,000", "url": "/x/"}], ["Overseas", 2000]],
        },
    )

    assert 'id="budget-option" type="application/json"' in html
    assert html.count("</script>") == 1
    assert text_of(html[html.index("<table") :]) == "Budget Track Won General 1,000 Overseas 2,000"


@pytest.mark.parametrize(("component", "shape"), [("map-world", "world.svg#VN"), ("map-korea", "korea.svg#pVN")])
def test_a_map_names_its_coloured_shapes(render, component, shape):
    html = render(
        f'<c-{component} title="Map" unit="cases" :data="rows" />', rows=[{"code": "VN", "label": "V", "value": 4}]
    )

    assert shape in html
    assert "<title>V: 4 cases</title>" in html


def test_money_keeps_the_exact_amount(render):
    html = render('<c-money :krw="amount" short />', amount=53_000_000_000)

    assert 'value="53000000000"' in html
    assert "₩53,000,000,000" in html


def test_progress_stops_asking_when_done(render):
    running = render('<c-progress label="Matching" :value="40" url="/x/" />')
    done = render('<c-progress label="Matching" :value="100" url="/x/" done />')

    assert 'hx-get="/x/"' in running
    assert "hx-get" not in done


def test_the_page_frame_has_one_main_part_and_a_skip_link(render):
    html = render(
        "{% extends 'base.html' %}{% block content %}<c-page-header title='Products' />{% endblock %}".replace(
            "'", '"'
        )
    )

    assert html.count("<main") == 1
    assert 'href="#content"' in html
    assert html.count("<h1") == 1
    assert re.findall(r"<script(?![^>]*src=)[^>]*>", html) == []


def test_the_official_masthead_needs_the_setting(render, settings):
    page = '{% extends "base.html" %}'
    settings.SITE_IS_OFFICIAL = False
    plain = render(page)
    settings.SITE_IS_OFFICIAL = True

    assert "krds-masthead" not in plain
    assert "krds-masthead" in render(page)
