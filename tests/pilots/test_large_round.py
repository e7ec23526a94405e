"""A round of the real size, 268 products and 1,600 applications: frozen, downloaded, solved and audited."""

import hashlib
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from pilots import services
from pilots.enums import RoundStatus
from pilots.models import PilotApplication
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import RoundFactory
from tests.pilots.large import approved, under_review

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_large_round_is_frozen_downloads_solves_and_proves(client, tmp_path, capsys):
    officer = PpsUserFactory()
    pilot_round = RoundFactory(reviewing=True)
    under_review(approved(pilot_round, 268), 1600)

    keys = list(PilotApplication.objects.filter(round=pilot_round).values_list("pk", flat=True))
    services.pass_all(actor=officer, round_id=pilot_round.pk, application_ids=keys)
    frozen = services.freeze_round(actor=officer, round_id=pilot_round.pk)
    client.force_login(officer)
    download = client.get(reverse("admin:pilots_frozeninstance_download", args=[frozen.pk]))
    instance, result = tmp_path / "instance.json", tmp_path / "result.json"
    instance.write_bytes(download.content)
    call_command("solve_matching", str(instance), out=result, fast=True)
    call_command("audit_matching", str(instance), str(result))

    pilot_round.refresh_from_db()
    document = json.loads(download.content)
    assert pilot_round.status == RoundStatus.MATCHING
    assert document["format"] == "pilot-matching/1"
    assert (len(document["products"]), len(document["applications"])) == (268, 1600)
    assert hashlib.sha256(download.content).hexdigest() == frozen.sha256 == download["X-Content-SHA256"]
    assert json.loads(result.read_text())["instance_sha256"] == frozen.sha256
    assert capsys.readouterr().out.splitlines()[-1].startswith("feasible objective=")
