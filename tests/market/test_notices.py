from datetime import timedelta

import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.enums import PpsRole
from core.errors import IllegalTransition, NotPermitted
from market import services
from market.enums import NoticeKind, NoticeStatus, VersionKind, Window
from market.errors import NoticeRefused
from market.models import Notice, NoticeVersion
from market.services import NoticeText
from pilots import services as pilots
from pilots.signals import round_cancelled, round_intake_opened, round_opened, round_schedule_changed
from tests.accounts.factories import PpsUserFactory, SupplierUserFactory
from tests.pilots.factories import PlanFactory, RoundFactory, TrackFactory

pytestmark = pytest.mark.django_db

TEXT = NoticeText(title_ko="하반기 일정 안내", body_ko="일정입니다.", title_en="Schedule", body_en="The schedule.")


@pytest.fixture
def officer():
    return PpsUserFactory(roles=[PpsRole.REVIEWER])


@pytest.fixture
def published(officer):
    notice = services.draft_notice(actor=officer, kind=NoticeKind.GENERAL, text=TEXT)
    return services.publish_notice(actor=officer, notice_id=notice.pk)


def test_a_draft_is_on_no_board(officer, client):
    notice = services.draft_notice(actor=officer, kind=NoticeKind.GENERAL, text=TEXT)

    assert client.get(reverse("market:notice_detail", args=[notice.pk])).status_code == 404
    assert "하반기 일정" not in client.get(reverse("market:notice_list")).content.decode()


def test_a_supplier_writes_no_notices():
    with pytest.raises(NotPermitted):
        services.draft_notice(actor=SupplierUserFactory(), kind=NoticeKind.GENERAL, text=TEXT)


def test_publishing_keeps_version_one_and_twice_is_refused(published, officer):
    assert list(published.versions.values_list("sequence", "kind")) == [(1, VersionKind.ORIGINAL)]
    with pytest.raises(IllegalTransition):
        services.publish_notice(actor=officer, notice_id=published.pk)


def test_a_correction_keeps_both_texts_and_shows_the_difference(published, officer, client):
    corrected = NoticeText(title_ko="하반기 일정 안내", body_ko="일정이 바뀌었습니다.")
    services.amend_notice(
        actor=officer, notice_id=published.pk, version_kind=VersionKind.CORRECTION, reason="오기 정정", text=corrected
    )

    page = client.get(reverse("market:notice_detail", args=[published.pk])).content.decode()

    assert NoticeVersion.objects.filter(notice=published).count() == 2
    assert "일정이 바뀌었습니다." in page
    assert "일정입니다." in page
    assert "오기 정정" in page


def test_a_correction_without_a_reason_is_refused(published, officer):
    with pytest.raises(NoticeRefused):
        services.amend_notice(
            actor=officer, notice_id=published.pk, version_kind=VersionKind.CORRECTION, reason=" ", text=TEXT
        )


def test_a_window_that_closes_before_it_opens_is_refused(officer):
    now = timezone.now()
    text = NoticeText(title_ko="가", body_ko="나", opens_at=now, closes_at=now - timedelta(hours=1))
    with pytest.raises(NoticeRefused):
        services.draft_notice(actor=officer, kind=NoticeKind.GENERAL, text=text)


def test_a_cancelled_notice_stays_and_says_so(published, officer, client):
    services.cancel_notice(actor=officer, notice_id=published.pk, reason="행사가 취소되었습니다.")

    page = client.get(reverse("market:notice_detail", args=[published.pk])).content.decode()

    assert "행사가 취소되었습니다." in page
    assert Notice.objects.get().window == Window.CANCELLED


def test_versions_are_never_changed(published):
    with pytest.raises(InternalError), transaction.atomic():
        NoticeVersion.objects.update(title_ko="다른 제목")


def test_the_window_follows_the_clock(published):
    now = timezone.now()
    published.closes_at = now + timedelta(days=10)
    assert published.window == Window.OPEN
    published.closes_at = now + timedelta(days=1)
    assert published.window == Window.CLOSING_SOON
    published.closes_at = now - timedelta(seconds=1)
    assert published.window == Window.CLOSED
    published.opens_at, published.closes_at = now + timedelta(days=1), now + timedelta(days=2)
    assert published.window == Window.SCHEDULED


def test_a_round_announces_itself_once_in_both_languages():
    pilot_round = RoundFactory(open=True)
    plan = PlanFactory(round=pilot_round, approved=True)

    for _again in range(2):
        round_intake_opened.send(sender=None, round_id=pilot_round.pk)
        round_opened.send(sender=None, round_id=pilot_round.pk)

    survey = Notice.objects.get(kind=NoticeKind.PILOT_DEMAND_SURVEY)
    assert Notice.objects.count() == 2
    assert pilot_round.title_ko in survey.title_ko
    assert pilot_round.title_en in survey.title_en
    assert pilot_round.rule_set.sha256 in survey.body_ko
    assert survey.closes_at == pilot_round.closes_at
    assert plan.product.pk


def test_the_survey_lists_the_approved_products(client):
    pilot_round = RoundFactory(open=True)
    plan = PlanFactory(round=pilot_round, approved=True)
    draft = PlanFactory(round=pilot_round)
    round_opened.send(sender=None, round_id=pilot_round.pk)

    page = client.get(reverse("market:notice_detail", args=[Notice.objects.get().pk])).content.decode()

    assert plan.product.name in page
    assert draft.product.name not in page


def test_an_extension_for_all_makes_a_version(client):
    pilot_round = RoundFactory(open=True)
    round_opened.send(sender=None, round_id=pilot_round.pk)
    pilot_round.closes_at += timedelta(days=7)
    pilot_round.save(update_fields=["closes_at"])

    round_schedule_changed.send(sender=None, round_id=pilot_round.pk, reason="추석 연휴로 연장합니다.")

    notice = Notice.objects.get()
    assert notice.closes_at == pilot_round.closes_at
    assert list(notice.versions.order_by("sequence").values_list("kind", flat=True)) == ["original", "extension"]


def test_a_cancelled_round_cancels_its_notices():
    pilot_round = RoundFactory(open=True)
    round_opened.send(sender=None, round_id=pilot_round.pk)
    pilot_round.cancel_reason = "예산 삭감"

    type(pilot_round).objects.filter(pk=pilot_round.pk).update(cancel_reason="예산 삭감")
    round_cancelled.send(sender=None, round_id=pilot_round.pk)

    assert Notice.objects.get().status == NoticeStatus.CANCELLED


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_board_costs_the_same_for_one_or_many(client, officer, item_count, django_assert_max_num_queries):
    for _number in range(item_count):
        notice = services.draft_notice(actor=officer, kind=NoticeKind.GENERAL, text=TEXT)
        services.publish_notice(actor=officer, notice_id=notice.pk)

    with django_assert_max_num_queries(2):
        response = client.get(reverse("market:notice_list"))

    assert response.content.decode().count("하반기 일정") == item_count


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=하반기", 1), ("q=없는말", 0), ("kind=general", 1), ("kind=schedule", 0), ("window=open", 0)],
)
def test_filters_of_the_board(client, published, query, found):
    response = client.get(f"{reverse('market:notice_list')}?{query}")

    assert response.context["table"].total == found


def test_the_feed_carries_the_board(client, published):
    response = client.get(reverse("market:feed_notices"))

    assert response["Content-Type"].startswith("application/atom+xml")
    assert "하반기 일정 안내" in response.content.decode()


def test_the_api_shows_published_notices_to_everybody(client, published, officer):
    services.draft_notice(actor=officer, kind=NoticeKind.GENERAL, text=TEXT)

    answer = client.get("/api/v1/notices/").json()

    assert [row["number"] for row in answer["results"]] == [published.number]
    assert answer["results"][0]["versions"][0]["title_ko"] == "하반기 일정 안내"


def test_an_extension_of_the_intake_makes_a_new_version_of_its_call(officer):
    pilot_round = RoundFactory(intake=True)
    call = services.announce_intake(round_id=pilot_round.pk)

    pilots.extend_round(
        actor=officer,
        round_id=pilot_round.pk,
        reason="서류 준비 기간을 드립니다.",
        intake_closes_at=pilot_round.intake_closes_at + timedelta(days=1),
    )

    call.refresh_from_db()
    assert [row.kind for row in call.versions.order_by("sequence")] == [VersionKind.ORIGINAL, VersionKind.EXTENSION]
    assert call.closes_at == pilot_round.intake_closes_at + timedelta(days=1)


def test_a_product_that_leaves_an_open_round_corrects_the_survey(officer):
    plan = PlanFactory(round=RoundFactory(open=True), approved=True)
    survey = services.announce_survey(round_id=plan.round_id)

    pilots.exclude_plan(actor=officer, plan_id=plan.pk, reason="같은 제품이 이미 구매되었습니다.")

    last = survey.versions.order_by("-sequence")[0]
    assert last.kind == VersionKind.CORRECTION
    assert plan.product.name in last.reason


def test_the_times_of_a_round_are_changed_by_the_round_only(officer):
    survey = services.announce_survey(round_id=PlanFactory(round=RoundFactory(open=True), approved=True).round_id)
    words = {"title_ko": "제목", "body_ko": "내용"}
    shown = {"opens_at": survey.opens_at.replace(microsecond=0), "closes_at": survey.closes_at.replace(microsecond=0)}

    with pytest.raises(NoticeRefused):
        services.amend_notice(
            actor=officer,
            notice_id=survey.pk,
            version_kind=VersionKind.EXTENSION,
            reason="연장",
            text=NoticeText(**words, opens_at=survey.opens_at, closes_at=survey.closes_at + timedelta(days=1)),
        )
    services.amend_notice(
        actor=officer,
        notice_id=survey.pk,
        version_kind=VersionKind.CORRECTION,
        reason="오기 정정",
        text=NoticeText(**words, **shown),
    )

    closes_at = survey.closes_at
    survey.refresh_from_db()
    assert (survey.title_ko, survey.closes_at) == ("제목", closes_at)


def test_every_version_shows_what_it_changed(published, officer, client):
    for number in (1, 2):
        services.amend_notice(
            actor=officer,
            notice_id=published.pk,
            version_kind=VersionKind.CORRECTION,
            reason=f"{number}차 정정",
            text=NoticeText(title_ko="하반기 일정 안내", body_ko=f"일정 {number}"),
        )

    page = client.get(reverse("market:notice_detail", args=[published.pk]))

    assert [
        (version.sequence, [(change["mark"], change["text"]) for change in changes])
        for version, changes in page.context["page"].history
    ] == [(3, [("-", "일정 1"), ("+", "일정 2")]), (2, [("-", "일정입니다."), ("+", "일정 1")]), (1, [])]


def test_the_annual_plan_is_announced_and_a_later_version_corrects_it(officer):
    track, head = TrackFactory(), PpsUserFactory()
    for total, reason in ((20, ""), (15, "추가경정예산 감액")):
        plan = pilots.draft_annual_plan(
            actor=officer, year=2031, total_krw=total * 10**9, tracks=[(track.pk, 10**10)], reason=reason
        )
        pilots.confirm_annual_plan(actor=head, annual_plan_id=plan.pk)

    notice = Notice.objects.get(plan_year=2031)
    assert list(notice.versions.order_by("sequence").values_list("kind", "reason")) == [
        (VersionKind.ORIGINAL, ""),
        (VersionKind.CORRECTION, "추가경정예산 감액"),
    ]
    assert "150억 원" in notice.body_ko
    assert "₩15,000,000,000" in notice.body_en
