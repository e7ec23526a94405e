from datetime import timedelta

import pytest

from core import calendar
from core.errors import IllegalTransition, NotPermitted
from products import services
from products.enums import (
    DesignationStatus,
    ValiditySource,
)
from products.errors import (
    DatesInvalid,
    ExtensionBarred,
    ProductInUse,
)
from products.models import Product
from tests.accounts.factories import InstitutionFactory, PpsUserFactory, SupplierFactory, SupplierUserFactory
from tests.products.factories import DesignationFactory

pytestmark = pytest.mark.django_db


def test_two_extensions_of_one_and_two_years_and_no_third():
    officer, designation = PpsUserFactory(), DesignationFactory()
    end = designation.valid_until

    services.extend_designation(actor=officer, designation_id=designation.pk, reason="실적")
    services.extend_designation(actor=officer, designation_id=designation.pk, reason="실적")
    with pytest.raises(IllegalTransition):
        services.extend_designation(actor=officer, designation_id=designation.pk, reason="실적")

    designation.refresh_from_db()
    assert (designation.status, designation.valid_until.year) == (DesignationStatus.EXTENDED_2, end.year + 3)


def test_a_barred_designation_is_not_extended():
    officer, designation = PpsUserFactory(), DesignationFactory()

    services.bar_extension(actor=officer, product_id=designation.product_id, reason="시정조치 미이행")

    with pytest.raises(ExtensionBarred, match="시정조치 미이행"):
        services.extend_designation(actor=officer, designation_id=designation.pk, reason="실적")
    assert services.bar_extension(actor=officer, product_id=designation.product_id, reason="또") == []


def test_a_suspension_ends_in_the_term_it_interrupted():
    officer, designation = PpsUserFactory(), DesignationFactory()
    services.extend_designation(actor=officer, designation_id=designation.pk, reason="실적")

    services.suspend_designation(actor=officer, designation_id=designation.pk, reason="안전사고")
    assert not Product.objects.designated(on=calendar.today()).exists()
    services.resume_designation(actor=officer, designation_id=designation.pk, reason="해소")

    designation.refresh_from_db()
    assert designation.status == DesignationStatus.EXTENDED_1
    assert Product.objects.designated(on=calendar.today()).exists()


def test_a_cancelled_product_leaves_the_catalogue_for_good():
    officer, designation = PpsUserFactory(), DesignationFactory()

    services.cancel_designation(actor=officer, designation_id=designation.pk, reason="허위 서류")

    assert not Product.objects.public().exists()
    with pytest.raises(IllegalTransition):
        services.resume_designation(actor=officer, designation_id=designation.pk, reason="취소")


def test_a_transfer_takes_product_and_term_to_the_new_holder():
    officer, new_holder = PpsUserFactory(), SupplierFactory()
    designation = DesignationFactory()

    successor = services.transfer_designation(
        actor=officer, designation_id=designation.pk, new_supplier=new_holder, reason="합병"
    )

    designation.refresh_from_db()
    assert designation.status == DesignationStatus.TRANSFERRED
    assert (successor.previous, successor.valid_until) == (designation, designation.valid_until)
    assert Product.objects.get().supplier == new_holder


def test_a_designation_goes_only_to_another_confirmed_supplier():
    officer, designation = PpsUserFactory(), DesignationFactory()

    for wrong in (InstitutionFactory(), SupplierFactory(pending=True), designation.product.supplier):
        with pytest.raises(ProductInUse):
            services.transfer_designation(
                actor=officer, designation_id=designation.pk, new_supplier=wrong, reason="합병"
            )


def test_recorded_terms_expire_by_themselves_and_estimated_ones_do_not():
    day = calendar.today()
    old = {"valid_from": day - timedelta(days=1200), "valid_until": day - timedelta(days=1)}
    recorded = DesignationFactory(**old)
    estimated = DesignationFactory(**old, validity_source=ValiditySource.ESTIMATED)
    last_day = DesignationFactory(valid_from=day - timedelta(days=1000), valid_until=day)

    assert services.expire_overdue_designations() == 1
    assert services.expire_overdue_designations() == 0

    for row in (recorded, estimated, last_day):
        row.refresh_from_db()
    assert recorded.status == DesignationStatus.EXPIRED
    assert (estimated.status, last_day.status) == (DesignationStatus.DESIGNATED, DesignationStatus.DESIGNATED)


def test_a_designation_does_not_expire_before_its_end():
    with pytest.raises(DatesInvalid):
        services.expire_designation(actor=PpsUserFactory(), designation_id=DesignationFactory().pk)


def test_confirmed_dates_replace_the_estimate():
    designation = DesignationFactory(validity_source=ValiditySource.ESTIMATED)
    day = calendar.today()

    with pytest.raises(NotPermitted):
        services.confirm_validity(
            actor=SupplierUserFactory(),
            designation_id=designation.pk,
            valid_from=day,
            valid_until=day + timedelta(days=9),
            reason="지정서",
        )
    services.confirm_validity(
        actor=PpsUserFactory(),
        designation_id=designation.pk,
        valid_from=day,
        valid_until=day + timedelta(days=9),
        reason="지정서",
    )

    designation.refresh_from_db()
    assert (designation.valid_from, designation.validity_source) == (day, ValiditySource.RECORDED)


def test_the_end_of_a_term_follows_its_beginning():
    day = calendar.today()

    with pytest.raises(DatesInvalid):
        services.confirm_validity(
            actor=PpsUserFactory(),
            designation_id=DesignationFactory().pk,
            valid_from=day,
            valid_until=day,
            reason="지정서",
        )
