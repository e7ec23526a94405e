"""Inside one institution: an officer asks for approval, an approver submits or sends back with a remark."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import MemberRole, PpsRole
from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification
from pilots import selectors, services
from pilots.enums import ApplicationStatus
from pilots.errors import Incomplete
from pilots.models import PilotApplication
from tests.accounts.factories import InstitutionUserFactory, MembershipFactory, PpsUserFactory, UserFactory
from tests.pilots.factories import ApplicationFactory

pytestmark = pytest.mark.django_db
REMARK = "운영 예산을 예산부서와 확인하십시오."


@pytest.fixture
def approver():
    person = InstitutionUserFactory()
    person.memberships.update(role=MemberRole.APPROVER)
    return person


@pytest.fixture
def officer(approver):
    person = UserFactory()
    MembershipFactory(user=person, organization=approver.current_organization, role=MemberRole.OFFICER)
    return person


@pytest.fixture
def asked(officer):
    application = ApplicationFactory(user=officer)
    return services.request_approval(actor=officer, application_id=application.pk)


def page(client, user, application, route="application_detail"):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.get(reverse(f"pilots:{route}", args=[application.pk])).content.decode()


def test_the_remark_reaches_the_officer_and_the_history(asked, approver, officer):
    services.send_back(actor=approver, application_id=asked.pk, remark=f" {REMARK} ")

    asked.refresh_from_db()
    assert (asked.approval_requested_at, asked.sent_back_by, asked.sent_back_remark) == (None, approver, REMARK)
    entry = AuditEntry.objects.get(verb="send_back")
    assert (entry.actor, entry.details, entry.reason) == (approver, {"remark": REMARK}, "")
    told = Notification.objects.get(kind="pilots.approval_refused")
    assert (told.recipient, told.params["remark"]) == (officer, REMARK)


def test_asking_again_answers_the_remark(asked, approver, officer):
    services.send_back(actor=approver, application_id=asked.pk, remark=REMARK)

    services.request_approval(actor=officer, application_id=asked.pk)

    asked.refresh_from_db()
    assert asked.approval_requested_at is not None
    assert (asked.sent_back_at, asked.sent_back_by, asked.sent_back_remark) == (None, None, "")


def test_a_remark_is_needed(asked, approver):
    with pytest.raises(Incomplete):
        services.send_back(actor=approver, application_id=asked.pk, remark="  ")

    asked.refresh_from_db()
    assert asked.approval_requested_at is not None


def test_only_an_approver_of_the_same_institution_sends_back(asked, officer):
    stranger = InstitutionUserFactory()
    stranger.memberships.update(role=MemberRole.APPROVER)

    for somebody in (officer, stranger):
        with pytest.raises(NotPermitted):
            services.send_back(actor=somebody, application_id=asked.pk, remark=REMARK)


def test_what_nobody_asked_for_is_not_sent_back(asked, approver):
    services.send_back(actor=approver, application_id=asked.pk, remark=REMARK)

    with pytest.raises(IllegalTransition):
        services.send_back(actor=approver, application_id=asked.pk, remark=REMARK)

    assert Notification.objects.filter(kind="pilots.approval_refused").count() == 1


def test_when_the_officer_has_left_colleagues_are_told(asked, approver, officer):
    colleague = UserFactory()
    MembershipFactory(user=colleague, organization=asked.institution, role=MemberRole.OFFICER)
    officer.memberships.all().delete()

    services.send_back(actor=approver, application_id=asked.pk, remark=REMARK)

    assert Notification.objects.get(kind="pilots.approval_refused").recipient == colleague


def test_the_database_refuses_a_remark_beside_a_waiting_request(asked, approver):
    row = PilotApplication.objects.filter(pk=asked.pk)
    with pytest.raises(IntegrityError, match="sent_back_has_remark"), transaction.atomic():
        row.update(sent_back_by=approver, sent_back_at=asked.approval_requested_at, sent_back_remark=REMARK)
    with pytest.raises(IntegrityError, match="sent_back_has_remark"), transaction.atomic():
        row.update(approval_requested_at=None, sent_back_by=approver, sent_back_at=asked.approval_requested_at)


def test_the_approver_submits_or_sends_back_from_the_page(client, asked, approver, officer):
    shown = page(client, approver, asked)
    assert reverse("pilots:application_submit", args=[asked.pk]) in shown
    assert reverse("pilots:application_send_back", args=[asked.pk]) in shown
    assert officer.name in shown
    assert reverse("pilots:application_send_back", args=[asked.pk]) not in page(client, officer, asked)

    client.force_login(approver)
    client.post(reverse("pilots:application_submit", args=[asked.pk]))

    asked.refresh_from_db()
    assert asked.status == ApplicationStatus.SUBMITTED


def test_an_empty_remark_is_explained_on_the_page(client, asked, approver):
    client.force_login(approver)

    answer = client.post(reverse("pilots:application_send_back", args=[asked.pk]), {"remark": ""})

    assert answer.status_code == 200
    assert answer.context["remark_form"].errors["remark"]


def test_the_officer_reads_the_remark_everywhere_and_asks_again(client, asked, approver, officer):
    services.send_back(actor=approver, application_id=asked.pk, remark=REMARK)

    assert REMARK in page(client, officer, asked)
    assert REMARK in page(client, officer, asked, "application_edit")
    assert "Applications sent back" in client.get(reverse("core:home")).content.decode()
    assert "Sent back" in client.get(reverse("pilots:application_list")).content.decode()

    client.post(reverse("pilots:application_approval", args=[asked.pk]))

    asked.refresh_from_db()
    assert asked.approval_requested_at is not None
    assert REMARK not in page(client, officer, asked, "application_edit")
    events = selectors.approval_events(application=asked)
    assert [(event["actor"], event["body"]) for event in events] == [
        (officer.name, ""),
        (approver.name, REMARK),
        (officer.name, ""),
    ]
    assert REMARK in page(client, officer, asked)


def test_reviewers_do_not_read_what_colleagues_say_to_each_other(client, asked, approver):
    services.send_back(actor=approver, application_id=asked.pk, remark=REMARK)
    services.submit_application(actor=approver, application_id=asked.pk)
    client.force_login(PpsUserFactory(roles=[PpsRole.REVIEWER]))

    case = client.get(reverse("admin:pilots_pilotapplication_change", args=[asked.pk]))

    assert case.status_code == 200
    assert REMARK not in case.content.decode()
