"""What is private never reaches a public page, the product page's panel or the API."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from core.calendar import today
from feedback import selectors, services
from feedback.enums import Outcome, VerdictLevel
from feedback.models import PilotReport, ProductReview, SupplierReply, Verdict
from feedback.selectors.masking import masked
from feedback.selectors.panels import product_panels
from tests.feedback.factories import PRIVATE_TEXT, make_contract, make_world

pytestmark = pytest.mark.django_db
SECRETS = [PRIVATE_TEXT, "비공개", "123456789", "123,456,789", "hong@example.org", "010-1234-5678", "02-123-4567"]
SHOWN = "민원 응답 시간이 절반으로 줄었습니다"


def public_texts(client, product_id):
    """Every place where the public reads about a pilot."""
    panels = product_panels(product_id=product_id)
    return {
        "panel": "".join(render_to_string(panel.template, {"panel": panel}) for panel in panels),
        "product": client.get(reverse("products:detail", args=[product_id])).content.decode(),
        "results": client.get(reverse("feedback:product_results", args=[product_id])).content.decode(),
        "api": client.get("/api/v1/reviews/").content.decode(),
        "verdicts": client.get("/api/v1/verdicts/").content.decode(),
    }


def test_the_public_part_is_shown_everywhere_and_the_private_part_nowhere(client):
    world = make_world().accept()
    services.reply_to_report(
        actor=world.supplier, report_id=world.report.pk, body="감사합니다. 담당 kim@example.org 010-9999-8888"
    )
    world.judge_line()
    world.judge_product()

    texts = public_texts(client, world.use.product_id)

    for place in ("panel", "product", "results", "api"):
        assert SHOWN in texts[place]
        assert "감사합니다" in texts[place]
        assert world.use.institution.name in texts[place]
    for place, text in texts.items():
        found = [secret for secret in [*SECRETS, "kim@example.org", "010-9999-8888", "02-987-6543"] if secret in text]
        assert (place, found) == (place, [])


def test_nothing_is_public_without_consent(client):
    world = make_world().accept(may_publish=False)

    texts = public_texts(client, world.use.product_id)

    assert [place for place, text in texts.items() if SHOWN in text or "쓰기 쉽고" in text] == []


def test_nothing_is_public_before_acceptance(client):
    world = make_world().submit()

    texts = public_texts(client, world.use.product_id)

    assert [place for place, text in texts.items() if SHOWN in text] == []


def test_a_security_site_is_not_named(client):
    world = make_world(security=True).judge()

    texts = public_texts(client, world.use.product_id)

    assert [place for place, text in texts.items() if world.use.institution.name in text] == []
    assert SHOWN in texts["results"]
    assert "비밀로" not in "".join(texts.values())


def test_a_hidden_review_and_reply_are_not_shown(client):
    world = make_world().accept()
    services.reply_to_report(actor=world.supplier, report_id=world.report.pk, body="숨길 답변")
    review, reply = ProductReview.objects.get(), SupplierReply.objects.get()
    services.hide_review(actor=world.reviewer, review_id=review.pk, reason="개인정보")
    services.hide_reply(actor=world.reviewer, reply_id=reply.pk, reason="개인정보")

    texts = public_texts(client, world.use.product_id)

    assert [place for place, text in texts.items() if "쓰기 쉽고" in text or "숨길 답변" in text] == []
    assert SHOWN in texts["results"]
    record = selectors.product_record(product_id=world.use.product_id)
    assert record.mean_stars is None


def test_private_columns_are_not_even_loaded():
    make_world().accept()

    report = selectors.published_reports().get()

    assert {
        "private_defects",
        "private_notes",
        "purchase_budget_krw",
        "signed_by_name",
    } <= report.get_deferred_fields()


def test_a_verdict_that_can_be_appealed_against_is_not_public_yet():
    world = make_world()
    verdict = world.insufficient_product().verdict
    assert list(selectors.published_verdicts(level=VerdictLevel.PRODUCT)) == []

    Verdict.objects.update(appeal_until=today() - timedelta(days=1))
    assert list(selectors.published_verdicts(level=VerdictLevel.PRODUCT)) == [verdict]

    Verdict.objects.update(appeal_until=today())
    services.file_appeal(actor=world.supplier, verdict_id=verdict.pk, reason="측정 오류")
    Verdict.objects.update(appeal_until=today() - timedelta(days=1))
    assert list(selectors.published_verdicts(level=VerdictLevel.PRODUCT)) == []


def test_a_success_is_public_at_once_with_masked_summary():
    world = make_world().judge()
    world.judge_product()

    product, line = (
        selectors.as_public_verdict(verdict=selectors.published_verdicts(level=level).get())
        for level in (VerdictLevel.PRODUCT, VerdictLevel.LINE)
    )

    assert (product.outcome, product.institution, line.institution) == (
        Outcome.SUCCESS,
        "",
        world.use.institution.name,
    )
    assert product.summary == "효과 확인 ●●●"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("담당 hong.gd@city.go.kr 입니다", "담당 ●●● 입니다"),
        ("010-1234-5678", "●●●"),
        ("010 1234 5678 또는 02)123-4567", "●●● 또는 ●●●"),
        ("+82-10-1234-5678", "●●●"),
        ("주민 900101-1234567", "주민 ●●●"),
        ("2026-11-22 기준 1,234대, 95.5%", "2026-11-22 기준 1,234대, 95.5%"),
        ("", ""),
    ],
)
def test_masking(text, expected):
    assert masked(text=text) == expected


@pytest.mark.parametrize("count", [1, 3])
def test_the_public_pages_cost_the_same_for_one_or_many(client, count, django_assert_num_queries):
    contract = make_contract()
    worlds = [make_world(contract=contract).judge() for _number in range(count)]
    worlds[0].judge_product()
    assert PilotReport.objects.published().count() == count

    with django_assert_num_queries(10):
        client.get(reverse("feedback:product_results", args=[contract.product_id]))
    with django_assert_num_queries(5):
        client.get("/api/v1/reviews/")
    with django_assert_num_queries(2):
        client.get("/api/v1/verdicts/")
    with django_assert_num_queries(8):
        [render_to_string(p.template, {"panel": p}) for p in product_panels(product_id=contract.product_id)]


def test_a_product_without_pilot_has_no_panel():
    contract = make_contract()

    assert list(product_panels(product_id=contract.product_id)) == []


def test_anybody_checks_a_certificate(client):
    world = make_world().judge()
    certificate = services.issue_certificate(actor=world.supplier, verdict_id=world.judge_product().pk)

    found = client.get(reverse("feedback:verify", args=[certificate.code.lower()]))
    typed = client.get(reverse("feedback:verify_form"), {"code": certificate.code})
    unknown = client.get(reverse("feedback:verify", args=["AAAA-BBBB-CCCC-DDDD"]))

    assert (found.status_code, typed.status_code, unknown.status_code) == (200, 302, 404)
    assert world.use.product.name in found.content.decode()
    assert world.supplier.name not in found.content.decode()
    services.revoke_certificate(actor=world.approver, certificate_id=certificate.pk, reason="오류")
    revoked = client.get(reverse("feedback:verify", args=[certificate.code]), headers={"accept-language": "en"})
    assert "revoked" in revoked.content.decode()


def test_a_certificate_that_was_tampered_with_says_so(client):
    world = make_world().judge()
    certificate = services.issue_certificate(actor=world.supplier, verdict_id=world.judge_product().pk)
    type(certificate).objects.filter(pk=certificate.pk).update(body={**certificate.body, "units": 999})

    page = client.get(reverse("feedback:verify", args=[certificate.code]), headers={"accept-language": "en"})

    assert "does not match its fingerprint" in page.content.decode()
