from typing import Any

import pytest
from django.utils import translation

from core.models import Notification
from core.notifications import render
from products import services
from products.enums import Fact
from tests.accounts.factories import PpsUserFactory, SupplierUserFactory
from tests.products.factories import ApplicationFactory, DesignationFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(db: Any) -> list[Notification]:
    """One case that gives everybody something to read."""
    officer, supplier = PpsUserFactory(), SupplierUserFactory()
    company = supplier.memberships.get().organization
    case = ApplicationFactory(product=ProductFactory(supplier=company, name="수질 <감시> 부표"))
    services.submit_application(actor=supplier, application_id=case.pk)
    services.start_check(actor=officer, application_id=case.pk)
    services.request_supplement(actor=officer, application_id=case.pk, message="성적서 & 특허")
    services.answer_supplement(actor=supplier, application_id=case.pk, answer="보냅니다")
    services.pass_check(actor=officer, application_id=case.pk)
    services.reject_application(actor=officer, application_id=case.pk, reason="요건 미달")
    designation = DesignationFactory(product=ProductFactory(supplier=company))
    services.suspend_designation(actor=officer, designation_id=designation.pk, reason="안전사고")
    return list(Notification.objects.order_by("pk"))


def test_every_fact_of_this_app_is_told(told: list[Notification]):
    assert {row.kind for row in told} == set(Fact.values)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_mails_read_well_in_both_languages(told: list[Notification], language: str):
    with translation.override(language):
        texts = {row.kind: (render(row, "subject"), render(row, "body")) for row in told}

    for subject, body in texts.values():
        assert len(subject.splitlines()) == 1
        assert "http" in body
        assert "&" not in subject
    assert "수질 <감시> 부표" in texts[Fact.SUPPLEMENT_REQUESTED][1]
    assert "성적서 & 특허" in texts[Fact.SUPPLEMENT_REQUESTED][1]
    assert "요건 미달" in texts[Fact.APPLICATION_DECIDED][1]
