"""What-ifs on large rounds: ordered, solved by a worker, opened where the others are."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from accounts.enums import PpsRole
from core.errors import NotPermitted
from core.models import AuditEntry, Notification
from matching import services
from matching.errors import WhatIfRefused
from matching.models import Allocation, MatchingRun, WhatIf, WhatIfOrder
from matching.services import what_if_orders
from pilots.models import LedgerEntry, PilotApplication
from tests.accounts.factories import PpsUserFactory
from tests.matching.factories import make_world, solve

pytestmark = pytest.mark.django_db
PRICE = 3_000_000


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(what_if_orders, "SOLVED_AT_ONCE", 2)
    return solve(make_world())


@pytest.fixture
def officer(client, world):
    client.force_login(world.matcher)
    return client


def order(world, name="큰 회차", **changes):
    changes = changes or {"budget_krw": 10 * PRICE}
    return services.try_or_order_what_if(actor=world.matcher, run_id=world.run.pk, name=name, changes=changes)


def page(row):
    return reverse("admin:matching_whatif_order", args=[row.pk])


def test_a_small_round_is_solved_at_once(world, monkeypatch):
    monkeypatch.setattr(what_if_orders, "SOLVED_AT_ONCE", 3)

    assert isinstance(order(world), WhatIf)
    assert not WhatIfOrder.objects.exists()


def test_a_large_round_is_solved_by_a_worker_as_it_would_have_been_at_once(world, run_outbox):
    at_once = services.try_what_if(
        actor=world.matcher, run_id=world.run.pk, name="바로", changes={"budget_krw": 10 * PRICE}
    )
    row = order(world)
    assert (row.is_waiting, WhatIf.objects.count()) == (True, 1)

    run_outbox()

    row.refresh_from_db()
    kept = row.what_if
    assert (kept.result_sha256, kept.figures, kept.name) == (at_once.result_sha256, at_once.figures, "큰 회차")
    assert (row.done, row.total, row.is_waiting, kept.author) == (2, 2, False, world.matcher)
    services.delete_what_if(actor=world.matcher, what_if_id=kept.pk)
    assert not WhatIfOrder.objects.exists()


def test_an_order_changes_nothing_official(world, run_outbox):
    run_outbox()
    models = (LedgerEntry, Allocation, PilotApplication, Notification, MatchingRun)
    before = {model: sorted(map(str, model.objects.values_list("pk", flat=True))) for model in models}

    order(world)
    run_outbox()

    assert {model: sorted(map(str, model.objects.values_list("pk", flat=True))) for model in models} == before
    entries = AuditEntry.objects.filter(target_type__startswith="matching.whatif").order_by("id")
    assert [entry.verb for entry in entries] == ["order", "try"]


def test_what_cannot_be_tried_is_refused_when_it_is_ordered(world):
    with pytest.raises(NotPermitted):
        services.try_or_order_what_if(
            actor=PpsUserFactory(roles=[PpsRole.REVIEWER]), run_id=world.run.pk, name="남", changes={"budget_krw": 1}
        )
    order(world)
    with pytest.raises(WhatIfRefused) as caught:
        order(world)
    assert caught.value.field == "name"
    assert WhatIfOrder.objects.count() == 1


def test_a_name_taken_meanwhile_fails_the_order_with_the_reason_and_it_can_be_ordered_anew(world, run_outbox):
    row = order(world)
    services.try_what_if(actor=world.matcher, run_id=world.run.pk, name=row.name, changes={"budget_krw": 5 * PRICE})

    run_outbox()

    row.refresh_from_db()
    assert "같은 이름" in row.failure or "이름" in row.failure
    WhatIf.objects.all().delete()
    again = order(world)
    run_outbox()
    again.refresh_from_db()
    assert (again.what_if.name, WhatIfOrder.objects.count()) == ("큰 회차", 1)


def test_a_worker_that_dies_each_time_does_not_take_all_others_with_it(world):
    row = order(world)
    WhatIfOrder.objects.update(attempt_count=what_if_orders.MAX_ATTEMPTS)

    services.solve_what_if(order_id=row.pk)

    row.refresh_from_db()
    assert (row.is_waiting, str(what_if_orders.MAX_ATTEMPTS) in row.failure) == (False, True)


def test_an_order_withdrawn_is_not_kept_even_when_a_worker_is_at_it(world, monkeypatch):
    row = order(world)
    whole = what_if_orders.solved

    def solved(**arguments):
        what_if = whole(**arguments)
        services.withdraw_what_if_order(actor=world.matcher, order_id=row.pk)
        return what_if

    monkeypatch.setattr(what_if_orders, "solved", solved)
    services.solve_what_if(order_id=row.pk)

    assert (WhatIf.objects.count(), WhatIfOrder.objects.count()) == (0, 0)


def test_only_its_author_withdraws_an_order(client, world):
    row = order(world)
    client.force_login(PpsUserFactory(roles=[PpsRole.APPROVER]))

    assert "모의 비교 요청 취소" not in client.get(page(row)).content.decode()
    client.post(page(row))

    assert WhatIfOrder.objects.filter(pk=row.pk).exists()


def test_the_form_leads_to_a_page_that_waits_and_then_to_the_comparison(officer, world, run_outbox):
    form = reverse("admin:matching_whatif_try", args=[world.run.pk])

    fields = officer.get(form).context["form"]
    values = {name: fields[name].value() for name in fields.fields if fields[name].value() is not None}

    answer = officer.post(form, {**values, "name": "예산 축소", "budget_krw": str(10 * PRICE)})

    row = WhatIfOrder.objects.get()
    assert answer.url == page(row)
    progress = reverse("admin:matching_whatif_progress", args=[row.pk])
    assert "작업자" in officer.get(page(row)).content.decode()
    assert officer.get(progress).status_code == 200
    run_page = officer.get(reverse("admin:matching_matchingrun_change", args=[world.run.pk])).content.decode()
    assert page(row) in run_page
    run_outbox()
    assert officer.get(progress).status_code == 286
    assert officer.get(page(row)).url == reverse("admin:matching_whatif_change", args=[WhatIf.objects.get().pk])


def test_an_order_that_failed_says_why_and_leads_back_to_the_form(officer, world):
    row = order(world)
    WhatIfOrder.objects.update(failure="다섯 번 끝났습니다.")

    text = officer.get(page(row)).content.decode()

    assert "다섯 번 끝났습니다." in text
    assert reverse("admin:matching_whatif_try", args=[world.run.pk]) in text


def test_others_of_pps_see_no_orders(client, world):
    row = order(world)
    client.force_login(PpsUserFactory(roles=[PpsRole.DESIGNATION]))

    for name in ("order", "progress"):
        assert client.get(reverse(f"admin:matching_whatif_{name}", args=[row.pk])).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_double_press_on_a_small_round_makes_one_what_if(monkeypatch):
    """Both presses pass the check of the name before either is kept."""
    world = solve(make_world())
    both, outcomes, whole = threading.Barrier(2, timeout=30), [], services.what_if.keep_what_if

    def keep(**arguments):
        both.wait()
        return whole(**arguments)

    def press():
        try:
            services.try_what_if(
                actor=world.matcher, run_id=world.run.pk, name="두 번", changes={"budget_krw": 10 * PRICE}
            )
            outcomes.append("kept")
        except WhatIfRefused as error:
            outcomes.append(error.field)
        finally:
            connection.close()

    monkeypatch.setattr(services.what_if, "keep_what_if", keep)
    threads = [threading.Thread(target=press) for _press in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(outcomes), WhatIf.objects.count()) == (["kept", "name"], 1)
