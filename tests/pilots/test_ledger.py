"""Money: every movement checked, recorded once, and the same however many people press at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import Error, IntegrityError, connection, transaction

from core import chains
from core.errors import NotPermitted
from pilots import selectors, services
from pilots.enums import Bucket, CorrectionStatus, LedgerKind
from pilots.errors import BudgetExceeded, LedgerConflict
from pilots.models import BudgetAccount, LedgerEntry
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import RoundFactory, TrackFactory, account, give

pytestmark = pytest.mark.django_db
CRORE = 10_000_000


def move(verb, pilot_round, amount_krw=CRORE, key="k", **more):
    return getattr(services, verb)(
        actor=None, round_id=pilot_round.pk, track_id=TrackFactory().pk, amount_krw=amount_krw, key=key, **more
    )


def balance(pilot_round, track=None):
    return selectors.balances(round_id=pilot_round.pk, track_id=track.pk if track else None)


def test_a_new_round_has_its_budget_and_nothing_else():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)

    assert balance(pilot_round) == selectors.Balance(5 * CRORE, 0, 0, 0)
    assert balance(pilot_round, TrackFactory()).available == 5 * CRORE


def test_money_goes_from_reserved_to_committed_to_spent_in_both_accounts():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)

    move("reserve", pilot_round, key="a")
    move("commit_funds", pilot_round, key="b")
    move("spend", pilot_round, key="c")

    expected = selectors.Balance(5 * CRORE, 0, 0, CRORE)
    assert (balance(pilot_round), balance(pilot_round, TrackFactory())) == (expected, expected)
    assert selectors.unbalanced(round_id=pilot_round.pk) == []


def test_released_money_is_available_again():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)
    move("reserve", pilot_round, key="a")
    move("commit_funds", pilot_round, key="b", amount_krw=CRORE // 2)

    move("release", pilot_round, key="c", amount_krw=CRORE // 2)
    move("release", pilot_round, key="d", amount_krw=CRORE // 2, bucket=Bucket.COMMITTED)

    assert balance(pilot_round) == selectors.Balance(5 * CRORE, 0, 0, 0)
    assert selectors.unbalanced(round_id=pilot_round.pk) == []


@pytest.mark.parametrize("verb", ["commit_funds", "spend", "release"])
def test_nothing_moves_that_was_not_reserved(verb):
    pilot_round = RoundFactory()

    with pytest.raises(BudgetExceeded):
        move(verb, pilot_round)

    assert LedgerEntry.objects.exclude(kind=LedgerKind.PLAN).count() == 0


def test_one_won_too_much_is_refused():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)

    with pytest.raises(BudgetExceeded):
        move("reserve", pilot_round, amount_krw=5 * CRORE + 1)
    move("reserve", pilot_round, amount_krw=5 * CRORE)

    assert balance(pilot_round).available == 0


def test_a_track_cannot_spend_what_the_round_has_left_elsewhere():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)
    citizen = TrackFactory(code="citizen")
    give(pilot_round, citizen, CRORE)

    with pytest.raises(BudgetExceeded):
        services.reserve(actor=None, round_id=pilot_round.pk, track_id=citizen.pk, amount_krw=CRORE + 1, key="x")


def test_tracks_together_cannot_spend_more_than_the_round():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)
    citizen = TrackFactory(code="citizen")
    give(pilot_round, citizen, 5 * CRORE)
    move("reserve", pilot_round, amount_krw=4 * CRORE)

    with pytest.raises(BudgetExceeded):
        services.reserve(actor=None, round_id=pilot_round.pk, track_id=citizen.pk, amount_krw=2 * CRORE, key="x")


def test_the_same_key_moves_money_once():
    pilot_round = RoundFactory()

    first, again = move("reserve", pilot_round, key="same"), move("reserve", pilot_round, key="same")

    assert first.pk == again.pk
    assert balance(pilot_round).reserved == CRORE


def test_the_same_key_with_another_amount_is_refused():
    pilot_round = RoundFactory()
    move("reserve", pilot_round, key="same")

    with pytest.raises(LedgerConflict):
        move("reserve", pilot_round, key="same", amount_krw=CRORE + 1)


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_below_one_won_are_refused(amount):
    with pytest.raises(LedgerConflict):
        move("reserve", RoundFactory(), amount_krw=amount)


def test_the_database_refuses_to_overdraw_around_the_services():
    pilot_round = RoundFactory(budget_krw=CRORE)

    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetAccount.objects.filter(pk=account(pilot_round).pk).update(spent_krw=CRORE + 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pilots_ledgerentry SET amount_krw = amount_krw + 1",
        "DELETE FROM pilots_ledgerentry",
        "TRUNCATE pilots_ledgerentry CASCADE",
    ],
)
def test_the_ledger_is_never_changed(statement):
    RoundFactory()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_ledger_is_sealed_into_a_chain():
    move("reserve", RoundFactory())

    sealed = chains.seal(name="ledger")

    assert sealed == LedgerEntry.objects.count()
    assert chains.verify(name="ledger").fault == ""


def test_a_budget_is_cut_down_to_what_is_bound_and_no_further():
    pilot_round = RoundFactory(budget_krw=5 * CRORE)
    move("reserve", pilot_round, amount_krw=3 * CRORE)
    planner, track = PpsUserFactory(), TrackFactory()
    cut = {"actor": planner, "round_id": pilot_round.pk, "reason": "추경 감액"}

    services.change_budget(track_id=track.pk, amount_krw=3 * CRORE, **cut)
    services.change_budget(track_id=None, amount_krw=3 * CRORE, **cut)
    with pytest.raises(BudgetExceeded):
        services.change_budget(track_id=None, amount_krw=3 * CRORE - 1, **cut)

    assert balance(pilot_round).available == 0
    assert selectors.unbalanced(round_id=pilot_round.pk) == []


def test_a_correction_needs_a_second_person():
    pilot_round = RoundFactory()
    first, second = PpsUserFactory(), PpsUserFactory()
    correction = services.propose_correction(
        actor=first, account_id=account(pilot_round).pk, bucket=Bucket.SPENT, amount_krw=CRORE, reason="중복 입력 정정"
    )

    with pytest.raises(NotPermitted):
        services.approve_correction(actor=first, correction_id=correction.pk)
    services.approve_correction(actor=second, correction_id=correction.pk)

    entry = LedgerEntry.objects.get(kind=LedgerKind.CORRECTION)
    assert (entry.actor, entry.approved_by, entry.amount_krw) == (first, second, CRORE)
    assert balance(pilot_round).spent == CRORE


def test_a_rejected_correction_moves_nothing():
    pilot_round = RoundFactory()
    correction = services.propose_correction(
        actor=PpsUserFactory(), account_id=account(pilot_round).pk, bucket=Bucket.SPENT, amount_krw=1, reason="오류"
    )

    rejected = services.reject_correction(actor=PpsUserFactory(), correction_id=correction.pk)

    assert rejected.status == CorrectionStatus.REJECTED
    assert balance(pilot_round).spent == 0


@pytest.mark.django_db(transaction=True)
def test_fifty_people_reserving_money_for_ten_get_exactly_ten():
    pilot_round, track = RoundFactory(budget_krw=10 * CRORE), TrackFactory()

    ready = Barrier(50)

    def press(number):
        try:
            connection.ensure_connection()
            ready.wait(timeout=60)
            services.reserve(
                actor=None, round_id=pilot_round.pk, track_id=track.pk, amount_krw=CRORE, key=f"press:{number}"
            )
        except BudgetExceeded:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=50) as pool:
        granted = list(pool.map(press, range(50)))

    assert granted.count(True) == 10
    assert LedgerEntry.objects.filter(kind=LedgerKind.RESERVE).count() == 10
    assert balance(pilot_round) == selectors.Balance(10 * CRORE, 10 * CRORE, 0, 0)
    assert selectors.unbalanced(round_id=pilot_round.pk) == []
    chains.seal(name="ledger")
    assert chains.verify(name="ledger").fault == ""


@pytest.mark.django_db(transaction=True)
def test_the_same_key_pressed_ten_times_at_once_moves_money_once():
    pilot_round, track = RoundFactory(budget_krw=10 * CRORE), TrackFactory()

    def press(_number):
        try:
            return services.reserve(
                actor=None, round_id=pilot_round.pk, track_id=track.pk, amount_krw=CRORE, key="once"
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        entries = set(pool.map(press, range(10)))

    assert len(entries) == 1
    assert balance(pilot_round).reserved == CRORE
