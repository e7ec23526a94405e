import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.enums import PpsRole
from accounts.models import User
from tests.accounts.factories import PASSWORD, PpsUserFactory, SupplierUserFactory, UserFactory

pytestmark = pytest.mark.django_db

ENTRIES = {
    "email": "Kim@Example.org",
    "name": "김하나",
    "password1": "a long password 1",
    "password2": "a long password 1",
    "language": "en",
    "agree_terms": "on",
    "agree_privacy": "on",
}


def sign_in(client, person, **extra):
    return client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD, **extra})


def test_signing_up_asks_to_verify_the_address_before_anything_else(client):
    answer = client.post(reverse("account_signup"), ENTRIES)

    person = User.objects.get()
    assert (person.email, person.name, person.language) == ("kim@example.org", "김하나", "en")
    assert answer.url == reverse("account_email_verification_sent")
    assert client.get("/my/").url.startswith(reverse("account_login"))
    assert mail.outbox[0].to == ["kim@example.org"]
    assert mail.outbox[0].subject.startswith("[Innovation Market] ")
    assert "Hello from Innovation Market!" in mail.outbox[0].body

    link = re.search(r"/accounts/confirm-email/\S+", mail.outbox[0].body).group()
    client.post(link)
    assert EmailAddress.objects.get().verified is True
    answer = client.post(reverse("account_login"), {"login": "kim@example.org", "password": "a long password 1"})
    assert answer.url == reverse("accounts:organization")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_sign_up_form_proposes_the_language_of_the_page(client, language):
    client.cookies["django_language"] = language

    assert client.get(reverse("account_signup")).context["form"]["language"].value() == language


@pytest.mark.parametrize("missing", ["name", "agree_terms", "agree_privacy", "language"])
def test_no_account_without_name_language_and_consents(client, missing):
    page = client.post(reverse("account_signup"), {k: v for k, v in ENTRIES.items() if k != missing})

    assert set(page.context["form"].errors) == {missing}
    assert User.objects.count() == 0


def test_a_second_sign_up_with_the_same_address_tells_only_its_owner(client):
    UserFactory(email="kim@example.org")

    answer = client.post(reverse("account_signup"), ENTRIES)

    assert answer.url == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert mail.outbox[0].to == ["kim@example.org"]


def test_a_forgotten_password_is_reset_by_mail_in_ones_own_language(client):
    person = UserFactory(language="en", verified=True)

    client.post(reverse("account_reset_password"), {"email": person.email})

    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[0].body).group()
    form = client.get(link).url
    client.post(form, {"password1": "another long one 2", "password2": "another long one 2"})
    person.refresh_from_db()
    assert person.check_password("another long one 2")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_pages_speak_the_language_of_the_person_who_signs_in(client, language):
    person = SupplierUserFactory(language=language, verified=True)
    client.cookies["django_language"] = "en" if language == "ko" else "ko"

    answer = sign_in(client, person)

    assert answer.cookies["django_language"].value == language
    assert f'lang="{language}"' in client.get(reverse("accounts:profile")).content.decode()


def test_switching_the_language_is_remembered_for_people_who_are_signed_in(client):
    person = UserFactory(language="ko")
    client.force_login(person)

    client.post("/i18n/setlang/", {"language": "en", "next": "/my/profile/"})
    person.refresh_from_db()
    assert person.language == "en"

    client.post("/i18n/setlang/", {"language": "xx", "next": "/my/profile/"})
    person.refresh_from_db()
    assert person.language == "en"


def test_visitors_may_switch_the_language_too(client):
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/terms/"})

    assert (answer.url, answer.cookies["django_language"].value) == ("/terms/", "en")


def test_the_profile_page_changes_name_and_language(client):
    person = UserFactory(language="ko")
    client.force_login(person)

    answer = client.post(reverse("accounts:profile"), {"name": "김둘", "phone": "02-1", "language": "en"})
    assert answer.cookies["django_language"].value == "en"
    assert set(client.post(reverse("accounts:profile"), {"name": ""}).context["form"].errors) == {"name", "language"}

    person.refresh_from_db()
    assert (person.name, person.phone, person.language) == ("김둘", "02-1", "en")


# The second factor


@pytest.fixture
def real_staff():
    return PpsUserFactory(is_demo=False, verified=True)


@pytest.mark.parametrize("page", ["/admin/", "/my/", "/my/profile/", "/admin/accounts/organization/"])
def test_staff_without_a_second_factor_are_sent_to_set_one_up(client, real_staff, page):
    client.force_login(real_staff)

    assert client.get(page).url == reverse("mfa_activate_totp")


def test_the_api_tells_staff_without_a_second_factor_in_its_own_way(client, real_staff):
    client.force_login(real_staff)

    answer = client.get("/api/v1/products/")

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_the_way_to_the_second_factor_and_out_stays_open(client, real_staff):
    sign_in(client, real_staff)

    # The sign-in library wants the password once more before a factor is set up.
    again = client.get(reverse("mfa_activate_totp")).url
    assert again.startswith(reverse("account_reauthenticate"))
    assert client.post(again, {"password": PASSWORD}).url == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.post("/i18n/setlang/", {"language": "en", "next": "/my/"}).url == "/my/"
    assert client.post(reverse("account_logout")).url == "/"


def test_staff_with_a_second_factor_work_and_are_asked_for_it(client, real_staff):
    TOTP.activate(real_staff, generate_totp_secret())
    RecoveryCodes.activate(real_staff)
    assert Authenticator.objects.filter(user=real_staff).count() == 2
    client.force_login(real_staff)
    assert client.get("/my/profile/").status_code == 200
    client.logout()

    assert sign_in(client, real_staff).url == reverse("mfa_authenticate")
    code = RecoveryCodes(Authenticator.objects.get(user=real_staff, type="recovery_codes")).get_unused_codes()[0]
    assert client.post(reverse("mfa_authenticate"), {"code": code}).url == reverse("admin:index")


@pytest.mark.parametrize(
    ("setting", "is_demo", "sent"), [(True, True, False), (True, False, True), (False, True, True)]
)
def test_only_invented_staff_of_a_demonstration_go_without(client, settings, setting, is_demo, sent):
    settings.DEMO_SKIP_MFA = setting
    client.force_login(PpsUserFactory(is_demo=is_demo))

    assert (client.get("/my/profile/").status_code == 302) is sent


def test_suppliers_need_no_second_factor(client, settings):
    settings.DEMO_SKIP_MFA = False
    client.force_login(SupplierUserFactory(is_demo=False))

    assert client.get("/my/profile/").status_code == 200


# The first administrator


def test_the_command_appoints_the_first_portal_administrator(capsys):
    person = UserFactory(email="first@example.org")

    call_command("grant_staff_role", "first@example.org", "admin")

    person.refresh_from_db()
    assert person.role_codes() == {PpsRole.ADMIN}
    with pytest.raises(CommandError, match="has this role already"):
        call_command("grant_staff_role", "first@example.org", "admin")
    with pytest.raises(CommandError, match="Nobody has signed up"):
        call_command("grant_staff_role", "nobody@example.org", "admin")
