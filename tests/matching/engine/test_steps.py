"""A run taken step by step, with everything packed and unpacked in between, ends in the same bytes."""

import pytest

from benchmarks import generator
from matching.engine import payload, solve, steps
from matching.engine.shards import solve_block


@pytest.fixture
def in_blocks(monkeypatch):
    """Blocks for rounds of a size that tests can afford, several turns of them."""
    monkeypatch.setattr(steps, "WHOLE", 100)
    monkeypatch.setattr("matching.engine.shards.BLOCK", 60)
    monkeypatch.setattr("matching.engine.shards.BLOCKS", 12)


def interrupted(content, **options):
    """The bytes of a run whose every step, and every block, is done by a process that knows only the payload."""
    saved, taken = payload.pack_known(steps.Known()), []
    while True:
        run = steps.open_run(content, known=payload.unpack_known(saved), **options)
        taken.append(run.known.step)
        if run.known.step == steps.DONE:
            return run.known.content, taken
        if run.known.step == steps.SPLIT:
            packed = [payload.pack_task(task) for task in steps.split(run)]
        elif run.known.step == steps.MERGE:
            awards = [payload.pack_award(solve_block(payload.unpack_task(task))) for task in packed]
            steps.merge(run, [payload.unpack_award(award) for award in awards])
        else:
            steps.take_step(run)
        saved = payload.pack_known(run.known)


def test_a_small_round_interrupted_at_every_step_ends_in_the_same_bytes():
    content = generator.generate("S")

    found, taken = interrupted(content)

    assert found == solve(content).content
    assert taken == ["prepare", "prices", "award", "solve", "certify", "explain", "done"]


def test_the_price_method_alone_takes_no_solver_step():
    content = generator.generate("S", 7)

    found, taken = interrupted(content, is_fast=True)

    assert found == solve(content, fast=True).content
    assert taken == ["prepare", "prices", "award", "certify", "explain", "done"]


def test_a_round_in_blocks_interrupted_at_every_step_and_block_ends_in_the_same_bytes(in_blocks):
    content = generator.generate("S")

    found, taken = interrupted(content)

    assert found == solve(content).content
    assert taken.count("split") == taken.count("merge") >= 2


def test_numbers_beyond_64_bits_survive():
    known = steps.Known(step=steps.CERTIFY, solver_bound=3**60, gains=[2**70, 0])

    again = payload.unpack_known(payload.pack_known(known))

    assert (again.step, again.solver_bound, again.gains) == (steps.CERTIFY, 3**60, [2**70, 0])


@pytest.mark.parametrize("content", [b"", b"not a zip", payload.pack_award(steps.Known().award)[:40]])
def test_bytes_of_something_else_are_refused(content):
    with pytest.raises(payload.ForeignPayload):
        payload.unpack_known(content)


def test_a_payload_of_another_version_is_refused(monkeypatch):
    saved = payload.pack_known(steps.Known())
    monkeypatch.setattr(payload, "ENGINE", "innovation-market 0")

    with pytest.raises(payload.ForeignPayload):
        payload.unpack_known(saved)
