"""An institution's selection: begun together, ordered, submitted one by one."""

import pytest

from core.errors import NotPermitted
from core.models import Receipt
from pilots import services
from pilots.enums import ApplicationStatus
from pilots.errors import RoundClosed
from pilots.models import PilotApplication
from tests.accounts.factories import InstitutionUserFactory, SupplierUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, walk

pytestmark = pytest.mark.django_db


def test_ticked_products_become_drafts_in_order_and_only_once():
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    plans = PlanFactory.create_batch(3, round=pilot_round, approved=True)
    keys = [plan.pk for plan in plans]

    services.start_applications(actor=user, plan_ids=keys)
    services.start_applications(actor=user, plan_ids=reversed(keys))

    rows = PilotApplication.objects.order_by("priority").values_list("plan", "priority", "status")
    assert list(rows) == [(pk, rank, "draft") for rank, pk in enumerate(keys, 1)]


def test_one_product_that_cannot_be_applied_for_leaves_none_begun():
    pilot_round = RoundFactory(open=True)
    good, bad = PlanFactory.create_batch(2, round=pilot_round, approved=True)
    walk(bad, "excluded")

    with pytest.raises(RoundClosed):
        services.start_applications(actor=InstitutionUserFactory(), plan_ids=[good.pk, bad.pk])

    assert not PilotApplication.objects.exists()


def test_a_supplier_has_no_cart():
    with pytest.raises(NotPermitted):
        services.start_applications(actor=SupplierUserFactory(), plan_ids=[PlanFactory(approved=True).pk])


def test_an_incomplete_draft_holds_up_no_other():
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    good, bad = (
        ApplicationFactory(
            plan=PlanFactory(round=pilot_round, approved=True), user=user, priority=rank, has_pledged=rank == 1
        )
        for rank in (1, 2)
    )

    taken, refused = services.submit_applications(actor=user, application_ids=[bad.pk, good.pk])

    assert [row.pk for row in taken] == [good.pk]
    assert [pk for pk, _reason in refused] == [bad.pk]
    bad.refresh_from_db()
    assert bad.status == ApplicationStatus.DRAFT
    assert Receipt.objects.count() == 1
