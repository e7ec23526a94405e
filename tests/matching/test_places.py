"""An application with several sites becomes one contract line whose units follow them, exactly."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.enums import PpsRole
from core.calendar import today
from market.selectors import provinces_served
from matching import selectors, services
from matching.enums import AmendmentKind, LineStatus
from matching.errors import DeliveryRefused
from matching.forms import AmendmentForm
from matching.models import ContractLine, Delivery, LineSite
from matching.rules.places import spread
from pilots.models import ApplicationSite
from tests.accounts.factories import PpsUserFactory
from tests.matching.factories import make_world, prepare, sign

pytestmark = pytest.mark.django_db


def name_sites(application, *units):
    for order, count in enumerate(units):
        ApplicationSite.objects.create(
            application=application,
            name=f"별관 {order + 1}",
            address=f"부산광역시 사상구 학감대로 {order + 1}",
            province_id="48",
            units=count,
            order=order,
        )


def places(line):
    found = ContractLine.objects.get(pk=line.pk)
    return [(place.name, place.units) for place in selectors.places_of_line(line=found)]


@pytest.fixture
def world():
    """Ten units asked for: five for the first site, three and two for the others; five more go to another."""
    world = make_world(wanted=((10, 4, 800), (10, 4, 700)), max_units=17)
    for application in world.applications:
        name_sites(application, 3, 2)
    return world


@pytest.fixture
def line(world):
    return sign(world).lines.get(application=world.applications[0])


@pytest.mark.parametrize(
    ("units", "wanted", "at_least", "given"),
    [
        (10, [5, 3, 2], [], [5, 3, 2]),
        (7, [5, 3, 2], [], [5, 2, 0]),
        (4, [5, 3, 2], [], [4, 0, 0]),
        (12, [5, 3, 2], [], [7, 3, 2]),
        (6, [5, 3, 2], [0, 0, 2], [4, 0, 2]),
        (5, [5, 3, 2], [0, 3, 2], [0, 3, 2]),
        (1, [1], [], [1]),
    ],
)
def test_units_fill_the_places_in_order_and_none_is_lost(units, wanted, at_least, given):
    assert spread(units=units, wanted=wanted, at_least=at_least) == given
    assert sum(given) == units


def test_the_line_follows_the_sites_of_the_application(world):
    contract = prepare(world)

    granted = {line.application_id: places(line) for line in contract.lines.all()}

    first, second = world.applications
    assert granted[first.pk] == [("본관 1층", 5), ("별관 1", 3), ("별관 2", 2)]
    assert granted[second.pk] == [("본관 1층", 5), ("별관 1", 2)]
    for line in contract.lines.all():
        assert sum(units for _name, units in places(line)) == line.units


def test_the_offer_says_beforehand_where_the_units_would_go(client, world):
    prepare(world)
    offer = world.applications[1].allocations.get()
    client.force_login(world.applications[1].officer)

    page = client.get(reverse("matching:match_detail", args=[offer.pk])).content.decode()

    assert "별관 1" in page
    assert "별관 2" not in page


def test_the_database_refuses_more_units_at_the_places_than_the_line_has(line):
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="linesite_units_within_line"), transaction.atomic():
        LineSite.objects.filter(line=line).update(units=10)
    with pytest.raises(IntegrityError, match="linesite_units_within_line"), transaction.atomic():
        ContractLine.objects.filter(pk=line.pk).update(units=4, amount_krw=4 * line.unit_price_krw)


def bring(world, line, units, site=None):
    return services.record_delivery(
        actor=world.plans[0].officer,
        line_id=line.pk,
        units=units,
        delivered_on=today(),
        site_id=site.pk if site else None,
    )


def test_each_place_gets_its_own_units_before_the_inspection(world, line):
    first, second = line.further_sites.order_by("order")

    with pytest.raises(DeliveryRefused):
        bring(world, line, 6)
    bring(world, line, 5)
    with pytest.raises(DeliveryRefused, match="모두 납품되었습니다"):
        bring(world, line, 1)
    bring(world, line, 3, first)
    bring(world, line, 1, second)
    line.refresh_from_db()
    assert line.status == LineStatus.AWAITING_DELIVERY
    receipt = bring(world, line, 1, second)

    line.refresh_from_db()
    assert line.status == LineStatus.DELIVERED
    assert [row.site for row in Delivery.objects.order_by("pk")] == [None, first, second, second]
    assert "별관 2" in str(receipt.lines)


def test_a_site_of_another_line_takes_nothing(world, line):
    stranger = LineSite.objects.exclude(line=line).get()

    with pytest.raises(DeliveryRefused):
        bring(world, line, 1, stranger)


def amend(world, line, kind, **values):
    row = services.propose_amendment(actor=world.officer, line_id=line.pk, kind=kind, reason="현장 사정", **values)
    return services.approve_amendment(actor=world.approver, amendment_id=row.pk)


def test_fewer_units_leave_the_last_places_first_and_never_what_has_arrived(world, line):
    second = line.further_sites.order_by("order")[1]
    bring(world, line, 2, second)

    amend(world, line, AmendmentKind.QUANTITY, units=6)

    assert places(line) == [("본관 1층", 4), ("별관 2", 2)]
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_more_units_go_to_the_first_site(world, line):
    amend(world, line, AmendmentKind.QUANTITY, units=12)

    assert places(line) == [("본관 1층", 7), ("별관 1", 3), ("별관 2", 2)]


def test_one_of_several_sites_moves_with_its_province(world, line):
    moving = line.further_sites.order_by("order")[1]

    there = {"site_name": "새 별관", "site_address": "울산", "site_province_id": "31"}
    amend(world, line, AmendmentKind.SITE, site_id=moving.pk, **there)
    amend(world, line, AmendmentKind.SITE, site_name="새 본관", site_address="대구", site_province_id="27")

    moving.refresh_from_db()
    line.refresh_from_db()
    assert (moving.name, moving.province_id, moving.units) == ("새 별관", "31", 2)
    assert (line.site_name, line.site_province_id) == ("새 본관", "27")
    assert AmendmentForm(initial=AmendmentForm.initial_for(line)).fields["site_id"].choices == [
        ("", "새 본관"),
        (str(line.further_sites.order_by("order")[0].pk), "별관 1"),
        (str(moving.pk), "새 별관"),
    ]


def test_the_map_counts_the_units_where_they_are(world, line):
    counted = {row.province.pk: (row.lines, row.units) for row in provinces_served() if row.units}

    assert counted == {"26": (2, 10), "48": (2, 7)}
    assert sum(units for _lines, units in counted.values()) == sum(row.units for row in ContractLine.objects.all())


def test_the_supplier_chooses_the_site_on_the_form(client, world, line):
    first = line.further_sites.order_by("order")[0]
    url = reverse("matching:delivery_record", args=[line.pk])
    client.force_login(world.plans[0].officer)

    form = client.get(url).context["form"]
    client.post(url, {"site_id": first.pk, "units": 3, "delivered_on": today().isoformat(), "serials": "", "note": ""})

    assert (form.initial["units"], len(form.fields["site_id"].choices)) == (5, 3)
    assert Delivery.objects.get().site == first
    detail = client.get(reverse("matching:delivery_detail", args=[line.pk])).content.decode()
    assert "3 / 3" in detail
    assert "별관 2 (2)" in client.get(reverse("matching:contract_detail", args=[line.contract_id])).content.decode()


def test_a_single_site_asks_nothing(client):
    world = make_world()
    line = sign(world).lines.order_by("sequence")[0]
    client.force_login(world.plans[0].officer)

    form = client.get(reverse("matching:delivery_record", args=[line.pk])).context["form"]

    assert "site_id" not in form.fields
    assert "site_id" not in AmendmentForm(initial=AmendmentForm.initial_for(line)).fields


def test_staff_see_the_places_before_and_after(client, world):
    contract = prepare(world)
    client.force_login(PpsUserFactory(roles=[PpsRole.CONTRACT]))

    page = client.get(reverse("admin:matching_contract_change", args=[contract.pk])).content.decode()

    assert "본관 1층 (5), 별관 1 (3), 별관 2 (2)" in page
