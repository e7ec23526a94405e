import json
from datetime import date

import jsonschema
import pytest
from django.core.management import call_command
from django.urls import reverse

from core.calendar import deadline_at
from market import selectors
from market.ocds import build, gate
from market.ocds.gate import NotPublishable
from tests.matching.factories import deliver, inspect, make_world, sign

pytestmark = pytest.mark.django_db
URI = "https://market.example/ocds/releases.json"


@pytest.fixture
def contract():
    return sign(make_world())


def accept_everything(contract):
    for line in contract.lines.all():
        deliver(line, contract.plan.officer)
        line.refresh_from_db()
        inspect(line, line.application.officer)


def test_a_signed_contract_is_an_award_and_a_contract_under_one_ocid(contract):
    package = selectors.release_package(uri=URI)

    own = [r for r in package["releases"] if r["ocid"].endswith(f"-{contract.product_id}")]
    assert [r["tag"] for r in own] == [["tender", "award"], ["contract"]]
    assert own[1]["contracts"][0]["value"] == {"amount": contract.total_krw, "currency": "KRW"}
    assert {role for p in own[0]["parties"] for role in p["roles"]} >= {"buyer", "supplier", "pilotUser"}


def test_acceptance_and_payment_show_up_as_implementation(contract):
    accept_everything(contract)

    package = selectors.release_package(uri=URI)

    last = package["releases"][-1]
    assert last["tag"] == ["implementation"]
    milestones = last["contracts"][0]["implementation"]["milestones"]
    assert [m["status"] for m in milestones] == ["met"] * contract.lines.count()


def test_a_security_site_is_never_named(contract):
    line = contract.lines.first()
    type(line).objects.filter(pk=line.pk).update(is_security_site=True)

    text = json.dumps(selectors.release_package(uri=URI), ensure_ascii=False)

    assert line.institution.name not in text
    assert line.site_address not in text


def test_no_personal_data_leaves(contract):
    text = json.dumps(selectors.release_package(uri=URI), ensure_ascii=False)

    people = [contract.prepared_by, contract.approved_by, contract.plan.officer]
    assert [p for p in people if p.name in text or p.email in text] == []


def test_packages_fit_the_official_schema(contract, shared):
    accept_everything(contract)
    release_schema = json.loads((shared / "ocds/release-schema-1.1.5.json").read_text())
    package_schema = json.loads((shared / "ocds/release-package-schema-1.1.5.json").read_text())
    package_schema["properties"]["releases"]["items"] = {"type": "object"}
    package = selectors.release_package(uri=URI)

    jsonschema.Draft4Validator(package_schema).validate(package)
    validator = jsonschema.Draft4Validator(release_schema)
    assert [e.message for r in package["releases"] for e in validator.iter_errors(r)] == []


def test_records_compile_the_whole_process(contract):
    accept_everything(contract)

    package = selectors.record_package(uri=URI)

    record = next(r for r in package["records"] if r["ocid"].endswith(f"-{contract.product_id}"))
    compiled = record["compiledRelease"]
    assert compiled["tag"] == ["compiled"]
    assert compiled["contracts"][0]["implementation"]["milestones"]
    assert compiled["tender"]["procurementMethod"] == "direct"


def test_the_gate_names_the_place_of_a_fault(contract):
    package = selectors.release_package(uri=URI)
    package["releases"][0]["buyer"]["salary"] = 1
    package["releases"][-1]["contracts"][0]["awardID"] = "another"

    with pytest.raises(NotPublishable, match="releases/0/buyer"):
        gate.checked(package)
    assert any("names award another" in line for line in gate.faults(package))


def test_a_float_amount_is_not_published(contract):
    package = selectors.release_package(uri=URI)
    package["releases"][-1]["contracts"][0]["value"]["amount"] = 1.5

    assert gate.faults(package)


def test_files_and_addresses_say_the_same(contract, client, tmp_path):
    call_command("export_ocds", out=tmp_path)

    written = json.loads((tmp_path / "releases.json").read_text())
    served = client.get(reverse("market:ocds_releases")).json()

    assert written["releases"] == served["releases"]
    assert client.get(reverse("market:ocds")).status_code == 200
    assert client.get(reverse("market:ocds_records")).status_code == 200


def test_amounts_and_times_are_plain():
    assert build.money(53_000_000_000) == {"amount": 53_000_000_000, "currency": "KRW"}
    assert build.stamp(deadline_at(date(2026, 12, 31))) == "2026-12-31T09:00:00Z"
