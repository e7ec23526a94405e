"""The same applications under the rules of 2021, 2024 and 2026: each difference written out with its source.

Sources are those of docs/programme.md. Weights are assumptions of this project, so the figures here follow from the
rule files; what is checked against the sources is *which* preferences and exclusions a year knows.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pilots import rules
from pilots.rules.exclusion import Earlier, is_excluded
from pilots.rules.instance import ApplicationRow, PlanRow, RoundRow, TrackRow, freeze
from pilots.rules.schema import parse
from pilots.rules.scoring import Facts, score_parts, total

DATA = Path(rules.__file__).parent / "data"
RULES = {year: parse(json.loads((DATA / f"rules_{year}.json").read_text())) for year in (2021, 2024, 2026)}


def codes(facts, year):
    return {part.code: part.points for part in score_parts(facts=facts, rules=RULES[year])}


def test_a_police_station_asking_for_safety_equipment():
    """2021 knew no such preference; the Basic Plan of 2024 sends safety equipment to police, fire and coast guard."""
    facts = Facts(
        track="citizen", priority=1, amount_krw=100_000_000, is_safety_equipment=True, is_safety_institution=True
    )

    assert codes(facts, 2021) == {"BASE": 500, "RANK": 100, "S6": 0}
    assert codes(facts, 2024)["S3"] == 80
    assert codes(facts, 2026)["S3"] == 80
    assert [total(score_parts(facts=facts, rules=RULES[year])) for year in RULES] == [600, 730, 730]


def test_a_city_hall_gets_no_points_for_safety_equipment():
    facts = Facts(track="citizen", priority=1, amount_krw=100_000_000, is_safety_equipment=True)

    assert codes(facts, 2024)["S3"] == 0


def test_an_institution_with_a_follow_up_budget():
    """The preference is as old as the rule of October 2020 and was stressed again by the Basic Plan of 2026."""
    facts = Facts(track="citizen", priority=2, amount_krw=100_000_000, follow_up_budget_krw=50_000_000)

    assert [codes(facts, year)["S6"] for year in RULES] == [100, 100, 140]


def test_half_the_follow_up_budget_earns_half_the_points_rounded_down():
    facts = Facts(track="citizen", priority=2, amount_krw=100_000_000, follow_up_budget_krw=24_999_999)

    assert [codes(facts, year)["S6"] for year in RULES] == [49, 49, 69]


def test_a_good_and_a_poor_reporter():
    """Reports count since 2023; the amendment of February 2026 weighs poor aftercare more."""
    good = Facts(track="citizen", priority=1, amount_krw=1, standing_points=4)
    poor = Facts(track="citizen", priority=1, amount_krw=1, standing_points=-4)

    assert "S7" not in codes(good, 2021)
    assert (codes(good, 2024)["S7"], codes(poor, 2024)["S7"]) == (20, -20)
    assert (codes(good, 2026)["S7"], codes(poor, 2026)["S7"]) == (32, -32)


def test_a_youth_startup_until_the_share_is_met():
    """More than 10 % of the budget was to go to youth startups (2022); nothing of the kind is known for 2021."""
    start = Facts(track="citizen", priority=1, amount_krw=1, is_youth_startup=True)
    near = Facts(track="citizen", priority=1, amount_krw=1, is_youth_startup=True, youth_reached_permille=75)
    met = Facts(track="citizen", priority=1, amount_krw=1, is_youth_startup=True, youth_reached_permille=100)

    assert "S10" not in codes(start, 2021)
    assert [codes(facts, 2024)["S10"] for facts in (start, near, met)] == [60, 15, 0]


def test_a_rural_health_product_and_a_ministrys_demand():
    """Rural communities for health and daily life since 2023, policy demand of ministries since 2024."""
    facts = Facts(
        track="new_growth", priority=1, amount_krw=1, is_daily_life=True, is_rural=True, is_policy_demand=True
    )

    assert codes(facts, 2021) == {"BASE": 500, "RANK": 100, "S6": 0}
    assert {code: codes(facts, 2024)[code] for code in ("S4", "S8", "S9")} == {"S4": 50, "S8": 40, "S9": 40}


def test_the_tracks_of_2026_are_others():
    """2024: new growth and citizens; 2026: technology lead, citizens, social responsibility."""
    assert set(RULES[2021].scoring.tracks) == set()
    assert set(RULES[2024].scoring.tracks) == {"new_growth", "citizen"}
    assert set(RULES[2026].scoring.tracks) == {"technology_lead", "citizen", "social_responsibility"}


@pytest.mark.parametrize(
    ("earlier", "is_overseas", "expected"),
    [
        # Screened out in 2021 (270 products without history, of which 107 stayed).
        ([Earlier("pilot")], False, {2021: True, 2024: True, 2026: True}),
        # Since the amendment of 2024 exporting exempts.
        ([Earlier("pilot")], True, {2021: True, 2024: False, 2026: False}),
        # Since the Basic Plan of 2026 an insufficient result gives a second chance.
        ([Earlier("pilot", "insufficient")], False, {2021: True, 2024: True, 2026: False}),
        ([Earlier("pilot", "success")], False, {2021: True, 2024: True, 2026: True}),
        # An overseas demonstration is no earlier pilot.
        ([Earlier("overseas")], False, {2021: False, 2024: False, 2026: False}),
        ([], False, {2021: False, 2024: False, 2026: False}),
    ],
)
def test_products_with_an_earlier_pilot(earlier, is_overseas, expected):
    found = {year: is_excluded(earlier=earlier, is_overseas=is_overseas, rules=RULES[year]) for year in RULES}

    assert found == expected


def test_at_most_five_institutions_and_300_million_won_per_product():
    """Known for 2021; later rule sets keep it as an assumption."""
    assert {(r.ceilings.institutions_per_product, r.ceilings.product_krw) for r in RULES.values()} == {
        (5, 300_000_000)
    }


NOON = datetime(2026, 1, 5, 3, tzinfo=UTC)


def application(key, institution, *, score=700, units=10, province="11", district="", **more):
    return ApplicationRow(
        key=key,
        number=f"AP-{key:05}",
        plan=1,
        institution=institution,
        requested_units=units,
        min_units=1,
        score=score,
        is_predetermined=False,
        submitted_at=NOON + timedelta(minutes=key),
        province=province,
        district=district,
        **more,
    )


def frozen(year, applications, **plan):
    row = PlanRow(
        key=1,
        number="PL-1",
        track="citizen",
        unit_price_krw=1_000_000,
        max_units=plan.pop("max_units", 30),
        min_institutions=1,
        max_institutions=9,
        is_youth_startup=False,
        **plan,
    )
    round_row = RoundRow("2026-1", 10**10, [TrackRow("citizen", 0, 10**10)], 0)
    result = freeze(round_row=round_row, plans=[row], applications=applications, rules=RULES[year])
    document = json.loads(result.body)
    units = {result.ids[a["id"]]: a["requested_units"] for a in document["applications"]}
    return units, [row["application"] for row in result.left_out], document


def test_our_neighborhood_goes_first_to_the_proposers_district_then_its_province():
    """Precedence, not points, since 2024: of 30 units 10 for the district, 15 for the province, 5 for the rest."""
    people = [
        application(1, 1, score=900, units=20, province="26"),
        application(2, 2, units=10, province="11", district="종로구"),
        application(3, 3, units=15, province="11", district="중구"),
    ]
    place = {"neighborhood_province": "11", "neighborhood_district": "종로구"}

    assert frozen(2021, people, **place)[:2] == ({1: 20, 2: 10, 3: 15}, [])
    assert frozen(2024, people, **place)[:2] == ({2: 10, 3: 15, 1: 5}, [])
    assert list(frozen(2024, people, **place)[0]) == [2, 3, 1]


def test_later_places_stay_outside_when_nothing_would_be_left():
    people = [
        application(1, 1, units=10, province="26"),
        application(2, 2, units=30, province="11", district="종로구"),
    ]

    units, left_out, _document = frozen(2024, people, neighborhood_province="11", neighborhood_district="종로구")

    assert (units, left_out) == ({2: 30}, [1])


def test_ties_are_broken_in_the_order_of_the_rule_set():
    """Score, then follow-up budget, then fewer awards this year, then the earlier submission."""
    people = [
        application(1, 1),
        application(2, 2, awards_this_year=1),
        application(3, 3, follow_up_budget_krw=5),
        application(4, 4, score=701),
        application(5, 5),
    ]

    assert list(frozen(2024, people)[0]) == [4, 3, 1, 5, 2]


def test_the_product_carries_the_ceilings_of_the_rules_and_the_approved_exception():
    plain = frozen(2021, [application(1, 1)])[2]["products"][0]
    raised = frozen(2021, [application(1, 1)], ceiling_krw=500_000_000)[2]["products"][0]

    assert (plain["ceiling_krw"], plain["max_institutions"]) == (300_000_000, 5)
    assert raised["ceiling_krw"] == 500_000_000


def test_research_of_a_local_government_on_its_own_problem():
    """The Basic Plan of 2024 prefers such products; 2021 knew nothing of it."""
    facts = Facts(track="citizen", priority=1, amount_krw=1, is_local_rnd=True)

    assert "S2" not in codes(facts, 2021)
    assert [codes(facts, year)["S2"] for year in (2024, 2026)] == [50, 50]


def test_an_institution_abroad_that_plans_to_adopt_more():
    """New in the Basic Plan of 2026, and only for demonstrations abroad."""
    abroad = Facts(track="overseas", priority=1, amount_krw=1, follow_up_budget_krw=1, is_overseas=True)
    at_home = Facts(track="citizen", priority=1, amount_krw=1, follow_up_budget_krw=1)

    assert ["S12" in codes(abroad, year) for year in RULES] == [False, False, True]
    assert codes(abroad, 2026)["S12"] == 100
    assert "S12" not in codes(at_home, 2026)


def test_the_same_five_applications_in_three_years():
    """One product, safety equipment that also serves daily life, in the track of services that citizens feel.

    2021: base 500, priority 100/60/30, follow-up budget 100 (rule of October 2020).
    2024: besides 50 for the track, 80 for a safety institution, 40 for a rural one, 5 per point of record.
    2026: the follow-up budget weighs 140, a point of record 8 (Basic Plan 2026, amendment of February 2026).
    """
    product = {"track": "citizen", "amount_krw": 10_000_000, "is_safety_equipment": True, "is_daily_life": True}
    bought_on = {"follow_up_budget_krw": 5_000_000}
    facts = {
        1: Facts(**product, priority=1, is_safety_institution=True),
        2: Facts(**product, priority=1, **bought_on),
        3: Facts(**product, priority=1, **bought_on, standing_points=-10),
        4: Facts(**product, priority=1, is_rural=True),
        5: Facts(**product, priority=3, **bought_on),
    }
    by_hand = {
        2021: ({1: 600, 2: 700, 3: 700, 4: 600, 5: 630}, [2, 3, 5, 1, 4]),
        2024: ({1: 730, 2: 750, 3: 700, 4: 690, 5: 680}, [2, 1, 3, 4, 5]),
        2026: ({1: 730, 2: 790, 3: 710, 4: 690, 5: 720}, [2, 1, 5, 3, 4]),
    }

    for year, (scores, order) in by_hand.items():
        found = {key: total(score_parts(facts=one, rules=RULES[year])) for key, one in facts.items()}
        assert found == scores
        assert list(frozen(year, [application(key, key, score=score) for key, score in found.items()])[0]) == order
