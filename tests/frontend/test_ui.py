from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils import translation

from core.templatetags import ui


class Order(forms.Form):
    name = forms.CharField(help_text="As registered.")
    quantity = forms.IntegerField()
    due_on = forms.DateField()
    starts_at = forms.DateTimeField()
    track = forms.ChoiceField(choices=[("a", "A")])
    mode = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    areas = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)
    plan = forms.CharField(widget=forms.Textarea)
    document = forms.FileField(widget=forms.ClearableFileInput)
    is_agreed = forms.BooleanField()


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("ko", 53_000_000_000, "530억 원"),
        ("ko", 128_000_001, "₩128,000,001"),
        ("en", 53_000_000_000, "₩53,000,000,000"),
        ("ko", None, "–"),
        ("ko", "", "–"),
    ],
)
def test_short_amounts_never_lose_a_won(language, amount, text):
    with translation.override(language):
        assert ui.krw_short(amount) == text


def test_an_amount_of_nothing_is_not_a_missing_amount():
    assert (ui.krw(0), ui.krw(None), ui.krw("1500000")) == ("₩0", "–", "₩1,500,000")


def test_moments_are_shown_in_korean_time():
    moment = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)

    assert (ui.kdate(moment), ui.kdatetime(moment)) == ("2026-12-01", "2026-12-01 00:30")
    assert (ui.kdate(date(2026, 11, 30)), ui.kdate(None), ui.kdatetime(None)) == ("2026-11-30", "–", "–")


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("APPROVED", "success"),
        ("under_review", "info"),
        ("waitlisted", "warning"),
        ("rejected", "danger"),
        ("x", "neutral"),
    ],
)
def test_a_status_has_a_tone(status, tone):
    assert ui.badge_tone(status) == tone


def test_no_status_stands_in_two_tones():
    words = [word for group in ui.TONES.values() for word in group.split()]

    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("name", "text"),
        ("quantity", "number"),
        ("due_on", "date"),
        ("starts_at", "datetime"),
        ("track", "select"),
        ("mode", "radios"),
        ("areas", "checkboxes"),
        ("plan", "textarea"),
        ("document", "file"),
        ("is_agreed", "checkbox"),
    ],
)
def test_every_widget_finds_its_branch(name, kind):
    assert ui.widget_kind(Order()[name]) == kind


def test_dates_use_the_browsers_picker_whatever_the_language():
    form = Order(initial={"due_on": date(2026, 11, 30), "starts_at": datetime(2026, 11, 30, 0, 5, tzinfo=UTC)})
    with translation.override("ko"):
        due_on, starts_at = ui.krds_widget(form["due_on"]), ui.krds_widget(form["starts_at"])

    assert 'type="date"' in due_on
    assert 'value="2026-11-30"' in due_on
    assert 'type="datetime-local"' in starts_at
    assert 'value="2026-11-30T09:05"' in starts_at


def test_dressing_a_widget_leaves_the_forms_own_widget_alone():
    form = Order()
    ui.krds_widget(form["due_on"], size="small")

    assert form.fields["due_on"].widget.attrs == {}
    assert form.fields["due_on"].widget.input_type == "text"


def test_a_field_with_an_error_points_to_its_message_and_hint():
    widget = ui.krds_widget(Order(data={})["name"])

    assert 'aria-invalid="true"' in widget
    assert 'aria-describedby="id_name_helptext id_name_error"' in widget
    assert 'class="krds-input"' in widget


def test_a_filter_form_carries_other_parameters_but_not_the_page():
    params = QueryDict("name=x&sort=-name&page=3&tag=a&tag=b")

    assert ui.kept_params(params, Order()) == [("sort", "-name"), ("tag", "a"), ("tag", "b")]


@pytest.mark.parametrize(
    ("query", "aria", "following"),
    [("", "none", "name"), ("sort=name", "ascending", "-name"), ("sort=-name", "descending", "name")],
)
def test_a_sort_link_turns_the_order_round(query, aria, following):
    assert ui.sort_state(QueryDict(query), "name") == {"aria": aria, "next": following}


def test_links_keep_the_filters():
    params = QueryDict("q=물&page=4")

    assert ui.page_url(params, "page", 5) == "?q=%EB%AC%BC&page=5"
    assert ui.sort_url(params, "sort", "-name") == "?q=%EB%AC%BC&sort=-name"
    assert ui.export_url(params, "export", "csv") == "?q=%EB%AC%BC&export=csv"


def test_page_links_leave_gaps():
    page = Paginator(range(200), 10).page(10)
    gap = page.paginator.ELLIPSIS

    assert list(ui.page_links(page)) == [1, gap, 8, 9, 10, 11, 12, gap, 20]


def test_map_shades_grow_with_the_value_and_the_legend_covers_every_value():
    rows = [{"code": code, "value": value} for code, value in [("A", 1), ("B", 9), ("C", 10), ("D", 32), ("E", 0)]]

    drawn = ui.map_items(rows)

    assert [(item["code"], item["shade"]) for item in drawn["items"]] == [("D", 4), ("C", 2), ("B", 2), ("A", 1)]
    assert [(step["low"], step["high"]) for step in drawn["legend"]] == [(1, 8), (9, 16), (17, 24), (25, 32)]


@pytest.mark.parametrize("rows", [None, [], [{"code": "A", "value": 0}]])
def test_an_empty_map_has_no_legend(rows):
    assert ui.map_items(rows) == {"items": [], "legend": []}


def test_table_numbers_get_separators():
    assert [ui.table_number(cell) for cell in (1234567, "1.5", True)] == ["1,234,567", "1.5", True]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0 Whale/4.33 Safari/537.36", "Whale, Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
            "Samsung Internet, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.5", "curl/8.5"),
        ("", "–"),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent, name):
    assert ui.browser_name(user_agent) == name
