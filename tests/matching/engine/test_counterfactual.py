"""What is stated as enough is enough when it is tried again from nothing, and one step less is not."""

import json

import pytest

from benchmarks import generator
from benchmarks.bench_counterfactuals import chosen, examine, units_with
from matching.engine import solve
from matching.engine.counterfactual import GRANTED, IN_FULL, KINDS, ask


@pytest.fixture(scope="module")
def content():
    return generator.generate("S")


@pytest.fixture(scope="module")
def base(content):
    return solve(content, fast=True).content


def test_stated_changes_flip_the_outcome_and_one_step_less_does_not(content, base):
    verdicts = [examine(content, base, True, application)[1] for application in chosen(content, base, 12, 1)]

    words = [word for row in verdicts for word in row.values()]
    assert "broken" not in words
    assert words.count("holds") >= 12
    assert {kind for row in verdicts for kind, word in row.items() if word == "holds"} >= {"score", "request"}


def test_a_kind_that_does_not_help_says_how_far_it_was_tried(content, base):
    highest = max(row["score"] for row in json.loads(content)["applications"])
    idle = [
        (application, finding)
        for application in chosen(content, base, 12, 1)
        for finding in ask(content, application, base=base, kinds=("score",)).findings
        if not finding.helps
    ]

    assert idle
    for application, finding in idle[:2]:
        assert finding.trial.value == highest
        assert units_with(content, application, "score", highest)[0] == 0


def test_a_reduced_application_is_asked_what_would_have_granted_it_in_full(content, base):
    wanted = {row["id"]: row["requested_units"] for row in json.loads(content)["applications"]}
    reduced = [row["application"] for row in json.loads(base)["grants"] if row["units"] < wanted[row["application"]]]
    answers = [ask(content, application, goal=IN_FULL, base=base) for application in reduced[:4]]

    assert {finding.kind for answer in answers for finding in answer.findings} <= {"score"}
    for application, answer in zip(reduced, answers, strict=False):
        for finding in answer.findings:
            assert not finding.helps or finding.trial.units == wanted[application] > finding.less.units


def test_what_the_method_grants_anyway_leaves_nothing_to_find(content, base):
    granted = json.loads(base)["grants"][0]["application"]

    answer = ask(content, granted, goal=GRANTED, base=base)

    assert (answer.findings, answer.base.units > 0) == ((), True)


def test_progress_is_told_and_may_stop_the_work(content, base):
    (application,) = chosen(content, base, 1, 1)
    heard = []

    def tell(done, most):
        heard.append((done, most))
        if len(heard) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        ask(content, application, base=base, tell=tell)

    assert [done for done, _most in heard] == [0, 1, 2]
    assert KINDS == ("score", "request", "minimum")
