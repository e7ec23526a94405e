import pytest

from matching.engine import InvalidInstance
from matching.engine.instance import LARGEST_SCORE, parse
from matching.engine.strict import LARGEST
from tests.matching.engine.faults import FAULTS, both, changed, put
from tests.matching.engine.rounds import as_bytes, sound


@pytest.mark.parametrize("name", FAULTS)
def test_an_invalid_instance_is_refused_with_the_place_named(name):
    content, place = FAULTS[name]

    with pytest.raises(InvalidInstance) as refusal:
        parse(content)

    assert any(place in fault for fault in refusal.value.faults)
    assert all("\n" not in fault for fault in refusal.value.faults)


def test_there_are_more_than_thirty_kinds_of_faults():
    assert len(FAULTS) > 30


def test_every_fault_is_told_at_once():
    content = changed(
        both(put("budget_krw", -1), put("products.0.max_units", True), put("applications.1.min_units", 9))
    )

    with pytest.raises(InvalidInstance) as refusal:
        parse(content)

    assert refusal.value.faults == [
        "budget_krw: -1 is negative",
        "products[0].max_units: true is not a whole number",
        "applications[1].min_units: 9 is above requested_units 6",
    ]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("budget_krw", LARGEST + 1, "budget_krw"),
        ("applications.0.score", LARGEST_SCORE + 1, "applications[0].score"),
        ("round", "\ud800", "round"),
    ],
)
def test_what_this_engine_cannot_add_exactly_is_refused(path, value, place):
    with pytest.raises(InvalidInstance) as refusal:
        parse(changed(put(path, value)))

    assert [fault.split(":")[0] for fault in refusal.value.faults] == [place]


def test_a_thousand_lines_are_enough():
    document = sound()
    document["applications"] = [5] * 1500

    with pytest.raises(InvalidInstance) as refusal:
        parse(as_bytes(document))

    assert len(refusal.value.faults) == 1001
    assert refusal.value.faults[-1] == "and 500 more faults"


def test_rows_are_sorted_by_id():
    document = sound()
    for name in ("tracks", "products", "institutions", "applications"):
        document[name].reverse()

    instance = parse(as_bytes(document))

    assert instance.applications.ids == ["A1", "A2", "A3", "A4", "A5"]
    assert [instance.products[place].id for place in instance.applications.product] == ["P1", "P1", "P2", "P2", "P1"]
    assert instance.youth_floor_krw == 10_000
    assert instance.applications.predetermined.tolist() == [False, False, False, False, True]


def test_floors_and_places_that_nobody_can_reach_are_no_fault():
    content = changed(
        both(
            put("youth_floor_permille", 2000), put("tracks.0.floor_krw", 10**9), put("products.1.min_institutions", 9)
        )
    )

    assert parse(content).youth_floor_krw == 200_000
