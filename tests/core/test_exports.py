"""Downloads of staff lists are whole, or the portal says that it writes none."""

import csv
import io

import pytest
from django.urls import reverse

from accounts.enums import PpsRole
from core import casework
from core.models import CalendarException
from tests.accounts.factories import PpsUserFactory

EXPORT = reverse("admin:core_calendarexception_export")
LIST = reverse("admin:core_calendarexception_changelist")


@pytest.fixture
def days():
    rows = [
        CalendarException(day=f"20{number:02d}-03-0{number % 9 + 1}", name=f"={number}") for number in range(40, 52)
    ]
    return CalendarException.objects.bulk_create(rows)


@pytest.fixture
def officer(client):
    client.force_login(PpsUserFactory(roles=[PpsRole.ADMIN]))


def lines(answer):
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [5, 12, 500])
def test_a_csv_holds_every_row_and_arrives_in_pieces(client, officer, days, monkeypatch, at_once):
    monkeypatch.setattr("core.exports._ROWS_AT_ONCE", at_once)

    answer = client.get(EXPORT, {"format": "csv", "q": ""})

    assert answer.streaming
    table = lines(answer)
    assert table[0] == ["날짜", "이름", "근무일 여부"]
    assert [row[1] for row in table[1:] if row[1].startswith("'=")] == [f"'={number}" for number in range(51, 39, -1)]


@pytest.mark.django_db
def test_a_csv_is_written_in_the_language_of_the_request(client, officer, days):
    client.cookies["django_language"] = "en"

    assert lines(client.get(EXPORT))[0] == ["day", "name", "is a working day"]


@pytest.mark.django_db
def test_a_spreadsheet_too_long_is_refused_with_the_number_of_rows_and_the_way_out(client, officer, days, monkeypatch):
    count = CalendarException.objects.count()
    monkeypatch.setattr(casework, "XLSX_ROWS", count - 1)

    answer = client.get(EXPORT, {"format": "xlsx", "o": "1"}, follow=True)

    assert answer.redirect_chain == [(f"{LIST}?o=1", 302)]
    (message,) = answer.context["messages"]
    assert str(message).startswith(f"이 목록은 {count}행입니다")
    assert "CSV" in str(message)
    monkeypatch.setattr(casework, "XLSX_ROWS", count)
    assert client.get(EXPORT, {"format": "xlsx"}).content[:2] == b"PK"


@pytest.mark.django_db
def test_an_old_link_with_a_filter_that_is_gone_leads_back_to_the_list(client, officer):
    assert client.get(EXPORT, {"format": "csv", "gone": "1"}).url == f"{LIST}?e=1"
