import gzip
import json
from io import StringIO

import pytest
from django.core.management import call_command

from tests.matching.engine.rounds import as_bytes, sound


@pytest.fixture
def instance(tmp_path):
    path = tmp_path / "instance.json"
    path.write_bytes(as_bytes(sound()))
    return path


def run(*arguments):
    """Exit status, standard output and standard error of a command."""
    out, err = StringIO(), StringIO()
    status = 0
    try:
        call_command(*[str(argument) for argument in arguments], stdout=out, stderr=err)
    except SystemExit as stop:
        status = stop.code
    return status, out.getvalue(), err.getvalue()


def test_a_round_is_solved_and_audited_from_file_to_file(instance, tmp_path):
    result = tmp_path / "result.json"

    status, told, progress = run("solve_matching", instance, "--out", result)
    audit_status, verdict, complaints = run("audit_matching", instance, result)

    figures = json.loads(result.read_bytes())
    assert (status, audit_status, complaints) == (0, 0, "")
    assert told.startswith(f"objective={figures['objective']} bound={figures['bound']}")
    assert progress.splitlines()[0] == "prepare 0/1"
    assert verdict == (
        f"feasible objective={figures['objective']} bound={figures['bound']} gap_ppm={figures['gap_ppm']}\n"
    )


def test_names_in_gz_are_zipped_without_a_time(instance, tmp_path):
    zipped = tmp_path / "instance.json.gz"
    zipped.write_bytes(gzip.compress(instance.read_bytes(), mtime=1))
    plain, first, second = (tmp_path / name for name in ("plain.json", "first.json.gz", "second.json.gz"))

    for source, target in ((instance, plain), (zipped, first), (instance, second)):
        assert run("solve_matching", source, "--out", target, "--workers", 2)[0] == 0

    assert gzip.decompress(first.read_bytes()) == plain.read_bytes()
    assert first.read_bytes() == second.read_bytes()
    assert run("audit_matching", zipped, first)[0] == 0


def test_the_options_are_named_in_the_result(instance, tmp_path):
    result = tmp_path / "result.json"

    rules = []
    for options in (["--gap-ppm", 0], ["--fast"]):
        run("solve_matching", instance, "--out", result, *options)
        rules.append(json.loads(result.read_bytes())["engine"]["stop_rule"])

    assert rules == ["gap_ppm=0", "fast"]


def test_an_invalid_instance_exits_2_with_a_line_for_each_fault(tmp_path):
    document = sound()
    document["budget_krw"], document["tracks"][0]["floor_krw"] = -1, 1.5
    path, result = tmp_path / "instance.json", tmp_path / "result.json"
    path.write_bytes(as_bytes(document))

    status, told, faults = run("solve_matching", path, "--out", result)

    assert (status, told) == (2, "")
    assert faults.splitlines()[1:] == ["budget_krw: -1 is negative", "tracks[0].floor_krw: 1.5 is not a whole number"]
    assert not result.exists()
    assert run("audit_matching", path, path)[0] == 2


def test_files_that_cannot_be_read_exit_2(instance, tmp_path):
    torn = tmp_path / "torn.json.gz"
    torn.write_bytes(b"not zipped")

    assert run("solve_matching", tmp_path / "none.json", "--out", tmp_path / "result.json")[0] == 2
    assert run("solve_matching", torn, "--out", tmp_path / "result.json")[0] == 2
    assert run("audit_matching", instance, torn)[0] == 2


def test_a_broken_result_exits_1_with_a_line_for_each_rule(instance, tmp_path):
    result = tmp_path / "result.json"
    run("solve_matching", instance, "--out", result)
    document = json.loads(result.read_bytes())
    result.write_text(json.dumps(document | {"objective": document["objective"] + 1}))

    status, told, complaints = run("audit_matching", instance, result)

    assert (status, complaints) == (1, "")
    assert [line.split(":")[0] for line in told.splitlines()] == ["objective"]
