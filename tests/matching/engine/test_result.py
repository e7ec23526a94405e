import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from matching.engine import Cancelled, solve
from tests.matching.engine.rounds import as_bytes, random_round, sound

ROOT = Path(__file__).resolve().parents[3]


def test_the_bytes_are_canonical():
    content = solve(as_bytes(sound())).content

    document = json.loads(content)
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert content == canonical.encode()


def test_the_result_of_a_known_round():
    result = json.loads(solve(as_bytes(sound())).content)

    assert result["grants"] == [
        {"application": "A2", "units": 6},
        {"application": "A3", "units": 8},
        {"application": "A4", "units": 4},
        {"application": "A5", "units": 2},
    ]
    assert result["objective"] == 1_516_666 * 6 + 800_000 * 8 + 1_750_000 * 4
    assert result["spent_krw"] == 18_000 + 20_000 + 10_000 + 6_000
    assert result["explanations"] == [
        {
            "application": "A1",
            "blocking": ["product_institutions"],
            "granted": 0,
            "scarcity": "product_institutions",
        }
    ]
    assert result["engine"]["stop_rule"] == "gap_ppm=1000"


def test_korean_ids_are_written_as_they_are():
    document = sound()
    document["institutions"][1]["id"] = document["applications"][1]["institution"] = "서울특별시"
    document["applications"][1]["id"] = '신청"2'

    result = solve(as_bytes(document)).content.decode()

    assert '"application":"신청\\"2"' in result


@pytest.mark.parametrize("seed", range(25))
def test_the_order_of_rows_changes_nothing(seed):
    chance = random.Random(seed)
    document = random_round(chance, 9)
    document["applications"] = [row | {"predetermined": False} for row in document["applications"]]
    first = json.loads(solve(as_bytes(document)).content)
    for name in ("tracks", "products", "institutions", "applications"):
        chance.shuffle(document[name])

    second = json.loads(solve(as_bytes(document)).content)

    assert first | {"instance_sha256": ""} == second | {"instance_sha256": ""}


def test_the_hash_seed_of_python_changes_nothing(tmp_path):
    chance = random.Random(11)
    instance = tmp_path / "instance.json"
    instance.write_bytes(as_bytes(random_round(chance, 12)))
    program = (
        "import sys, pathlib; from matching.engine import solve;"
        "sys.stdout.buffer.write(solve(pathlib.Path(sys.argv[1]).read_bytes()).content)"
    )

    contents = {
        subprocess.run(
            [sys.executable, "-c", program, str(instance)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert len(contents) == 1


def test_between_equals_the_smaller_id_wins():
    document = sound()
    document["budget_krw"] = 12_000
    document["applications"] = [
        row
        | {"product": "P2", "institution": institution, "score": 700, "requested_units": 2, "min_units": 2, "id": name}
        for row, institution, name in zip(
            document["applications"], ("I3", "I1", "I2"), ("A7", "A2", "A5"), strict=False
        )
    ]

    result = json.loads(solve(as_bytes(document)).content)

    assert [row["application"] for row in result["grants"]] == ["A2", "A5"]


def test_progress_tells_every_stage_and_may_cancel():
    told = []
    solve(as_bytes(sound()), progress=lambda *step: told.append(step))

    def cancel(stage, done, total, gap_ppm):
        if stage == "award":
            raise Cancelled

    assert (told[0][0], told[-1][0]) == ("prepare", "explain")
    with pytest.raises(Cancelled):
        solve(as_bytes(sound()), progress=cancel)
