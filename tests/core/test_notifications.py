"""Mail about facts: at once, in a summary, or not at all."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone, translation

from core import notifications
from core.calendar import SEOUL
from core.models import Notification, NotificationPreference, OutboxMessage
from pilots.enums import Fact
from tests.accounts.factories import SupplierUserFactory, UserFactory

pytestmark = pytest.mark.django_db

APPROVED = Fact.PLAN_APPROVED
TOMORROW = timedelta(days=1)


def tell(user, product="가상 감지기"):
    return notifications.notify(
        recipient=user, kind=APPROVED, url="/my/plans/1/", number="PL-1", product=product, round="2026-1"
    )


def wish(user, choice, kind=APPROVED):
    notifications.set_preferences(actor=user, wanted={kind: choice})


def test_without_a_choice_the_mail_goes_out_at_once(run_outbox):
    row = tell(UserFactory())

    run_outbox()

    row.refresh_from_db()
    assert row.mailed_at is not None
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("people", [1, 3])
def test_telling_many_costs_as_much_as_telling_one(people, django_assert_num_queries):
    users = UserFactory.create_batch(people)

    with django_assert_num_queries(4):
        rows = notifications.notify_all(recipients=[*users, users[0]], kind=APPROVED, number="PL-1")

    assert [row.recipient_id for row in rows] == [user.pk for user in users]
    waiting = OutboxMessage.objects.filter(task="core.deliver_notification")
    assert {message.kwargs["notification_id"] for message in waiting} == {row.pk for row in rows}


def test_every_letter_says_how_to_unsubscribe(run_outbox, settings):
    tell(UserFactory(language="en"))

    run_outbox()

    link = f"{settings.SITE_URL}{reverse('core:preferences')}"
    assert mail.outbox[0].extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert mail.outbox[0].body.count(link) == 1


@pytest.mark.parametrize("choice", ["daily", "weekly", "off"])
def test_whoever_wants_no_mail_at_once_gets_none_but_keeps_the_inbox(choice, run_outbox):
    user = UserFactory()
    wish(user, choice)

    tell(user)

    assert run_outbox() == 0
    assert mail.outbox == []
    assert user.notifications.count() == 1


@pytest.mark.parametrize(("choice", "days"), [("daily", 1), ("weekly", 7)])
def test_a_summary_comes_once_with_everything_that_waited(choice, days):
    user = UserFactory(language="en")
    wish(user, choice)
    tell(user, "First detector")
    tell(user, "Second detector")

    later = timezone.now() + timedelta(days=days)
    assert notifications.send_digests(moment=later) == 1
    assert notifications.send_digests(moment=later) == 0

    letter = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert letter.to == [user.email]
    assert letter.body.count("First detector") == 1
    assert letter.body.count("Second detector") == 1
    assert Notification.objects.filter(mailed_at=None).count() == 0


def test_a_summary_speaks_the_language_of_its_reader():
    korean, english = UserFactory(language="ko"), UserFactory(language="en")
    for user in (korean, english):
        wish(user, "daily")
        tell(user)

    notifications.send_digests(moment=timezone.now() + TOMORROW)

    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert "daily summary" in letters[english.email].body
    assert "일일 요약" in letters[korean.email].body


def test_what_happened_after_the_cut_off_waits_for_the_next_summary():
    user = UserFactory()
    wish(user, "daily")
    row = tell(user)
    cutoff = notifications.digest_cutoff(rhythm="daily")
    Notification.objects.filter(pk=row.pk).update(created_at=cutoff)

    assert notifications.send_digests() == 0
    Notification.objects.filter(pk=row.pk).update(created_at=cutoff - timedelta(seconds=1))
    assert notifications.send_digests() == 1


def test_a_worker_that_was_away_for_days_sends_everything_when_it_is_back():
    user = UserFactory()
    wish(user, "daily")
    for days in (5, 3, 1):
        row = tell(user, f"감지기 {days}")
        Notification.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days, hours=1))

    notifications.send_digests(moment=timezone.now() + TOMORROW)

    assert [f"감지기 {days}" in mail.outbox[0].body for days in (5, 3, 1)] == [True, True, True]


def test_a_letter_that_fails_is_kept_and_holds_up_nobody_else(monkeypatch):
    unlucky, lucky = UserFactory(), UserFactory()
    for user in (unlucky, lucky):
        wish(user, "daily")
        tell(user)
    send = EmailBackend.send_messages

    def fail_for_one(self, messages):
        if messages[0].to == [unlucky.email]:
            raise ConnectionRefusedError
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", fail_for_one)
    assert notifications.send_digests(moment=timezone.now() + TOMORROW) == 1
    monkeypatch.undo()

    assert Notification.objects.get(mailed_at=None).recipient == unlucky
    assert notifications.send_digests(moment=timezone.now() + TOMORROW) == 1


def test_a_person_without_access_gets_no_summary():
    user = UserFactory()
    wish(user, "daily")
    tell(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)

    assert notifications.send_digests(moment=timezone.now() + TOMORROW) == 0


@pytest.mark.parametrize(
    ("rhythm", "moment", "expected"),
    [
        ("daily", datetime(2026, 11, 25, 7, 0, tzinfo=SEOUL), datetime(2026, 11, 25, 7, tzinfo=SEOUL)),
        ("daily", datetime(2026, 11, 25, 6, 59, tzinfo=SEOUL), datetime(2026, 11, 24, 7, tzinfo=SEOUL)),
        # 25 November 2026 is a Wednesday.
        ("weekly", datetime(2026, 11, 25, 9, 0, tzinfo=SEOUL), datetime(2026, 11, 23, 7, tzinfo=SEOUL)),
        ("weekly", datetime(2026, 11, 23, 6, 0, tzinfo=SEOUL), datetime(2026, 11, 16, 7, tzinfo=SEOUL)),
    ],
)
def test_summaries_are_cut_off_at_seven_in_seoul(rhythm, moment, expected):
    assert notifications.digest_cutoff(rhythm=rhythm, moment=moment) == expected


def test_the_page_keeps_a_choice_for_each_kind(client):
    user = SupplierUserFactory()
    client.force_login(user)
    url = reverse("core:preferences")

    client.post(url, {APPROVED.value: "weekly", Fact.PLAN_RETURNED.value: "off"})
    page = client.get(url).context["form"]

    assert page[APPROVED.value].value() == "weekly"
    assert page[Fact.PLAN_RETURNED.value].value() == "off"
    assert page[Fact.ROUND_EXTENDED.value].value() == "now"
    assert NotificationPreference.objects.filter(owner=user).count() == 2


def test_one_choice_sets_every_kind_that_is_offered(client):
    user = SupplierUserFactory()
    client.force_login(user)

    client.post(reverse("core:preferences"), {"every": "daily", APPROVED.value: "now"})

    chosen = notifications.preferences_of(actor=user)
    assert {kind for kind, how in chosen.items() if how == "daily"} == offered("supplier")
    assert {how for kind, how in chosen.items() if kind not in offered("supplier")} == {"now"}


def offered(side):
    return {kind for _part, kinds in notifications.kind_groups(side=side) for kind, _label in kinds}


def test_people_choose_only_among_what_they_can_be_told():
    assert {Fact.PLAN_RETURNED, Fact.ROUND_EXTENDED} <= offered("supplier")
    assert not {Fact.ROUND_OPENED, Fact.ABSENCE_COVERED} & offered("supplier")
    assert {Fact.ROUND_OPENED, Fact.APPROVAL_REFUSED, Fact.ROUND_EXTENDED} <= offered("institution")
    assert not {Fact.PLAN_RETURNED, Fact.ABSENCE_COVERED} & offered("institution")
    assert {Fact.ABSENCE_COVERED, Fact.ROUND_EXTENDED} <= offered("pps")


def test_changing_the_choice_loses_nothing_that_waits():
    user = UserFactory()
    wish(user, "daily")
    tell(user)
    wish(user, "now")
    tell(user)

    assert OutboxMessage.objects.filter(task="core.deliver_notification").count() == 1
    assert notifications.send_digests(moment=timezone.now() + TOMORROW) == 1


def test_unknown_kinds_and_choices_are_refused(client):
    user = SupplierUserFactory()
    client.force_login(user)

    response = client.post(reverse("core:preferences"), {APPROVED.value: "hourly", "pilots.unheard_of": "off"})

    assert response.status_code == 200
    assert not NotificationPreference.objects.exists()


def test_every_choice_of_mail_reads_as_a_moment_in_korean():
    with translation.override("ko"):
        labels = [str(label) for label in notifications.kinds().values()]

    assert len(labels) > 90
    assert [label for label in labels if not label.endswith("때")] == []
