"""Asking what would have been enough: who may, once, with proof, and in words."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from core.clock import database_now
from core.errors import NotPermitted
from core.models import Notification
from matching import engine, selectors, services
from matching.engine.counterfactual import METHOD
from matching.enums import CounterfactualStatus
from matching.errors import QuestionRefused
from matching.models import Counterfactual, CounterfactualProof, Explanation
from matching.services import counterfactuals
from tests.accounts.factories import InstitutionUserFactory
from tests.matching import probes
from tests.matching.factories import make_world, publish, solve

pytestmark = pytest.mark.django_db
WANTED = ((10, 10, 800), (6, 6, 700), (8, 8, 600))


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def world():
    """Ten of twelve units go to the first, and nobody can live with two; four with the third's eight were better."""
    return solve(make_world(wanted=WANTED, max_units=12))


def row_of(world, place):
    return Explanation.objects.select_related("run", "application").get(
        run=world.run, application=world.applications[place]
    )


def answered(world, place=1, actor=None):
    question = services.ask_what_would_do(actor=actor or world.matcher, explanation_id=row_of(world, place).pk)
    services.find_counterfactual(counterfactual_id=question.pk, worker="test")
    question.refresh_from_db()
    return question


def test_the_answer_is_kept_with_proofs_that_anybody_can_repeat(world):
    question = answered(world)

    assert (question.status, question.method, question.base_units) == ("answered", METHOD, 0)
    enough = [proof for proof in question.proofs.all() if proof.is_enough]
    assert enough
    for proof in enough:
        for before, units, instance, result in (
            (False, proof.units, proof.instance_sha256, proof.result_sha256),
            (True, proof.less_units, proof.less_instance_sha256, proof.less_result_sha256),
        ):
            content = selectors.derived_bytes(proof=proof, is_a_step_before=before)
            solved = engine.solve(content, fast=True).content
            grants = {row["application"]: row["units"] for row in json.loads(solved)["grants"]}
            label = selectors.label_of(run=world.run, application_id=world.applications[1].pk)
            assert hashlib.sha256(content).hexdigest() == instance
            assert hashlib.sha256(solved).hexdigest() == result
            assert grants.get(label, 0) == units
        assert proof.units > 0 == proof.less_units


def test_the_answer_reads_as_sentences_in_both_languages(world):
    question = answered(world)

    with translation.override("en"):
        lines = selectors.lines_of_answer(question=question)
    assert any(line.startswith("Had 4 units been asked for instead of 6, units granted: 4.") for line in lines)
    with translation.override("ko"):
        korean = selectors.lines_of_answer(question=question)
    assert len(korean) == len(lines)
    assert any("6개가 아니라 4개를 신청하셨다면 4개가 배정되었을 것입니다." in line for line in korean)
    assert not any("cut" in line or "커트라인" in line for line in [*lines, *korean])


def test_asking_twice_works_once_and_the_asker_is_told_once(world):
    question = answered(world)
    proofs = CounterfactualProof.objects.count()

    again = services.ask_what_would_do(actor=world.approver, explanation_id=question.explanation_id)
    services.find_counterfactual(counterfactual_id=question.pk, worker="other")

    assert (again.pk, CounterfactualProof.objects.count()) == (question.pk, proofs)
    told = Notification.objects.filter(kind="matching.counterfactual_answered")
    assert [row.recipient_id for row in told] == [world.matcher.pk]


def test_a_worker_that_dies_is_followed_by_another(world, settings):
    settings.MATCHING_PROBE = "tests.matching.probes.listen"

    def die(point):
        if point == "counterfactual.inside":
            raise Killed

    question = services.ask_what_would_do(actor=world.matcher, explanation_id=row_of(world, 1).pk)
    probes.LISTENERS[:] = [die]
    with pytest.raises(Killed):
        services.find_counterfactual(counterfactual_id=question.pk, worker="first")
    probes.LISTENERS.clear()
    services.find_counterfactual(counterfactual_id=question.pk, worker="second")
    assert Counterfactual.objects.get().status == CounterfactualStatus.WAITING

    Counterfactual.objects.update(lease_until=database_now() - timedelta(seconds=1))
    assert services.requeue_lapsed_questions() == 1
    services.find_counterfactual(counterfactual_id=question.pk, worker="second")

    assert Counterfactual.objects.get().status == CounterfactualStatus.ANSWERED


def test_a_question_that_takes_its_workers_down_is_given_up_and_can_be_asked_again(world):
    question = services.ask_what_would_do(actor=world.matcher, explanation_id=row_of(world, 1).pk)
    Counterfactual.objects.update(attempt_count=counterfactuals.MAX_ATTEMPTS)
    services.find_counterfactual(counterfactual_id=question.pk, worker="last")
    question.refresh_from_db()
    assert (question.status, bool(question.failure)) == ("failed", True)

    assert answered(world).status == CounterfactualStatus.ANSWERED


def test_nobody_has_many_questions_waiting(world, monkeypatch):
    monkeypatch.setattr(counterfactuals, "MOST_WAITING", 1)
    services.ask_what_would_do(actor=world.matcher, explanation_id=row_of(world, 1).pk)

    with pytest.raises(QuestionRefused):
        services.ask_what_would_do(actor=world.matcher, explanation_id=row_of(world, 2).pk)


def test_what_was_granted_in_full_leaves_nothing_to_ask(world):
    with pytest.raises(QuestionRefused):
        services.ask_what_would_do(actor=world.matcher, explanation_id=row_of(world, 0).pk)


def test_the_applicant_asks_once_the_result_is_public_and_others_never(world):
    applicant, row = world.applications[1].officer, row_of(world, 1)
    with pytest.raises(NotPermitted):
        services.ask_what_would_do(actor=applicant, explanation_id=row.pk)

    published = publish(make_world(wanted=WANTED, max_units=12))
    row, applicant = row_of(published, 1), published.applications[1].officer
    with pytest.raises(NotPermitted):
        services.ask_what_would_do(actor=InstitutionUserFactory(), explanation_id=row.pk)
    question = answered(published, actor=applicant)

    assert question.status == CounterfactualStatus.ANSWERED
    told = Notification.objects.get(kind="matching.counterfactual_answered")
    assert told.url == f"/my/matches/outcomes/{row.pk}/"


def test_the_applicant_asks_on_the_page_and_reads_the_answer_there(client, run_outbox):
    published = publish(make_world(wanted=WANTED, max_units=12))
    row, applicant = row_of(published, 1), published.applications[1].officer
    client.force_login(applicant)
    page = reverse("matching:outcome_detail", args=[row.pk])
    assert "matching/outcomes" in client.get(page).content.decode().replace("my/matches/", "matching/")

    client.post(reverse("matching:outcome_ask", args=[row.pk]))
    assert "hx-get" in client.get(page).content.decode()
    run_outbox()

    body = client.get(page).content.decode()
    assert "개를 신청하셨다면" in body
    assert METHOD in body
    assert "개를 신청하셨다면" in client.get(reverse("matching:outcome_answer", args=[row.pk])).content.decode()
    client.force_login(InstitutionUserFactory())
    assert client.get(page).status_code == 404


def test_staff_ask_on_the_page_of_the_explanation_and_download_the_proofs(client, world, run_outbox):
    client.force_login(world.matcher)
    row = row_of(world, 1)
    page = reverse("admin:matching_explanation_change", args=[row.pk])

    assert client.get(reverse("admin:matching_explanation_ask", args=[row.pk])).status_code == 405
    client.post(reverse("admin:matching_explanation_ask", args=[row.pk]))
    run_outbox()

    proof = next(proof for proof in CounterfactualProof.objects.all() if proof.is_enough)
    assert proof.instance_sha256[:12] in client.get(page).content.decode()
    answer = client.get(reverse("admin:matching_explanation_derived", args=[proof.pk, 1]))
    assert hashlib.sha256(answer.content).hexdigest() == proof.less_instance_sha256
