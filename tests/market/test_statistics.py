"""The statistics page: charts with few bars, the same numbers beneath them, every account in a table."""

import pytest

from core.calendar import today
from market.presentation import statistics_page
from pilots.models import BudgetAccount
from tests.pilots.factories import RoundFactory

pytestmark = pytest.mark.django_db


def test_a_year_with_many_rounds_has_a_bar_a_round_and_a_bar_a_track():
    rounds = [RoundFactory(budget_krw=1_000_000_000 + index) for index in range(6)]
    year = rounds[0].year
    budget = statistics_page(year=year)["budget"]
    accounts = BudgetAccount.objects.filter(round__year=year, track__isnull=False)

    assert budget["round_option"]["yAxis"]["data"] == [row[0]["text"] for row in budget["round_table"]["rows"]]
    assert len(budget["round_table"]["rows"]) == len({account.round_id for account in accounts})
    assert len(budget["track_table"]["rows"]) == len({account.track_id for account in accounts})
    assert len(budget["accounts"]) == accounts.count()
    planned = sum(account.planned_krw for account in accounts)
    for table in ("round_table", "track_table"):
        column = budget[table]["headers"].index(budget[table]["headers"][1])
        amounts = [int(row[column].strip("₩").replace(",", "")) for row in budget[table]["rows"]]
        assert sum(amounts) == planned
    drawn = sum(sum(series["data"]) for series in budget["round_option"]["series"])
    assert drawn == pytest.approx(planned / 10**8)


def test_each_round_of_the_table_leads_to_its_page(client):
    pilot_round = RoundFactory()

    page = client.get(f"/statistics/?year={pilot_round.year}").content.decode()

    assert f'<a href="/rounds/{pilot_round.pk}/">{pilot_round.number}</a>' in page


def test_a_year_without_rounds_says_so(client):
    page = client.get(f"/statistics/?year={today().year}", headers={"accept-language": "en"}).content.decode()

    assert "No round has a budget in this year." in page


def test_the_published_years_come_with_their_sources_and_caveats(client):
    page = client.get("/statistics/", headers={"accept-language": "en"})
    rows = page.context["year_table"]["rows"]

    assert [(row[0], row[1]) for row in rows] == [
        ("2019", "₩2,400,000,000"),
        ("2020", "₩28,300,000,000 (executed)"),
        ("2021", "₩44,500,000,000"),
        ("2022", "₩46,500,000,000"),
        ("2023", "₩48,300,000,000"),
        ("2024", "₩53,000,000,000"),
        ("2025", "₩52,900,000,000"),
        ("2026", "₩83,900,000,000"),
    ]
    assert all(row[5] for row in rows)
    assert "the years do not add up" in page.content.decode()
