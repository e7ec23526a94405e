"""The pages about the portal itself: licences of others, and the API to read."""

import json
import re

import pytest
from django.urls import reverse

from config import api
from tests.architecture.sources import ROOT

import licenses  # isort: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def served():
    return json.loads((ROOT / "var" / "assets" / "licenses.json").read_text())


def test_everything_from_npm_that_is_served_is_named_with_its_licence(served):
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = {name.removeprefix("node_modules/"): entry["version"] for name, entry in lock.items() if name}
    named = {entry["name"]: entry["version"] for entry in served}
    named |= {"krds-uiux": named["KRDS"], "echarts": named["Apache ECharts"], "zrender": named["ZRender"]}

    assert {name: named.get(name) for name in wanted} == wanted


def test_a_licence_comes_with_its_text_unless_it_asks_for_none(served):
    assert [entry["name"] for entry in served if not entry["texts"]] == ["htmx"]
    texts = {entry["name"]: " ".join(text["body"] for text in entry["texts"]) for entry in served}
    assert "SIL OPEN FONT LICENSE Version 1.1" in texts["Pretendard GOV"]
    assert "Kil Hyung-jin" in texts["Pretendard GOV"]
    assert "이용약관" in texts["KRDS"]
    assert "Apache License" in texts["Apache ECharts"]
    assert "Attribution 4.0 International" in texts["@svg-maps/south-korea"]


def test_no_licence_text_of_others_is_in_the_repository():
    assert [
        path.name for path in (ROOT / "static").rglob("*") if re.search("licen[cs]e", path.name, re.IGNORECASE)
    ] == []


def test_a_package_whose_licence_went_away_stops_the_set_up(tmp_path):
    (tmp_path / "krds-uiux").mkdir()
    (tmp_path / "krds-uiux" / "README.md").write_text("# KRDS\n")

    with pytest.raises(ValueError, match=r"look at tools/licenses\.py"):
        licenses.collect(tmp_path)


def test_every_page_leads_to_the_licences_and_they_show_name_and_text(client, served):
    assert reverse("core:licenses") in client.get("/").content.decode()

    page = client.get(reverse("core:licenses")).content.decode()

    assert all(entry["name"] in page for entry in served)
    assert "SIL OPEN FONT LICENSE" in page


def test_before_the_set_up_the_page_says_so(client, settings, tmp_path):
    settings.ASSETS_DIR = tmp_path

    answer = client.get(reverse("core:licenses"), headers={"accept-language": "en"})

    assert "No licences have been collected yet." in answer.content.decode()


def test_the_reference_names_every_endpoint_with_what_it_offers(client):
    page = client.get(reverse("api-docs"), headers={"accept-language": "en"}).content.decode()

    for prefix, _view, _name in api.router.registry:
        assert f"GET /api/v1/{prefix}/" in page
        assert str(api.SUMMARIES[prefix]).replace("'", "&#x27;") in page
    assert "unit_price_krw" in page


def test_the_reference_says_what_is_public(client):
    page = client.get(reverse("api-docs"), headers={"accept-language": "en"}).content.decode()
    articles = re.findall(r'<article class="im-api" id="(\w+)_list".*?(Public|With a sign-in)', page, re.DOTALL)
    names = {name: word == "Public" for name, word in articles}

    assert {name for name, is_public in names.items() if is_public} <= api.PUBLIC
    assert {name for name, is_public in names.items() if not is_public}.isdisjoint(api.PUBLIC)
    assert names["products"]
    assert not names["applications"]


def test_swagger_has_a_page_of_ours_without_anything_inline(client):
    answer = client.get(reverse("api-explorer"))
    page = answer.content.decode()

    assert "swagger-ui-bundle" in page
    assert re.findall(r"<style|<script>| style=| on\w+=", page) == []
    assert "unsafe" not in answer["Content-Security-Policy"]
    script = re.search(r'src="([^"]*script=[^"]*)"', page)[1]
    assert client.get(script)["Content-Type"].startswith("application/javascript")
