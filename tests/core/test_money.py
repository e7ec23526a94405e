import pytest
from django.utils import translation

from core.money import format_krw, format_krw_short


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (53_000_000_000, "530억 원"),
        (2_400_000_000, "24억 원"),
        (10_000, "1만 원"),
        (1_234_567_890_000, "1조 2,345억 6,789만 원"),
    ],
)
def test_short_form_where_it_loses_nothing(amount, text):
    with translation.override("ko"):
        assert format_krw_short(amount) == text


@pytest.mark.parametrize("amount", [1, 4_356_001, 0])
def test_short_form_never_rounds(amount):
    with translation.override("ko"):
        assert format_krw_short(amount) == format_krw(amount)


def test_english_shows_every_digit():
    with translation.override("en"):
        assert format_krw_short(53_000_000_000) == "₩53,000,000,000"


def test_negative_and_missing():
    assert format_krw(-5) == "-₩5"
    assert format_krw(None) == ""
