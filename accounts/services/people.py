from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import perms
from accounts.enums import ConsentDocument
from accounts.models import Consent, User
from core.audit import record
from core.errors import DomainError, NotPermitted

# The versions of the texts under templates/accounts/documents/; a changed text gets a new version here.
CONSENT_VERSIONS = {ConsentDocument.TERMS: "2026-01", ConsentDocument.PRIVACY: "2026-01"}


@transaction.atomic
def sign_up(
    *,
    email: str,
    password: str | None,
    name: str,
    language: str,
    is_demo: bool = False,
    is_verified: bool = False,
) -> User:
    """Create a person with the consents that every sign-up requires.

    ``is_verified`` is for people whose address needs no proof, such as those of the demonstration data; the sign-up
    page leaves the proof to the sign-in library.
    """
    person = User.objects.create_user(email, password, name=name, language=language, is_demo=is_demo)
    Consent.objects.bulk_create(
        Consent(user=person, document=document, version=version) for document, version in CONSENT_VERSIONS.items()
    )
    if is_verified:
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    record(actor=person, verb="sign_up", target=person, details={"consents": {**CONSENT_VERSIONS}})
    return person


@transaction.atomic
def update_profile(*, actor: User, name: str, phone: str, language: str) -> User:
    """Change one's own name, telephone and language."""
    person = User.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    given = {"name": name, "phone": phone, "language": language}
    changed = [field for field, value in given.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, given[field])
    person.save(update_fields=["name", "phone", "language"])
    record(actor=actor, verb="update_profile", target=person, details={"changed": changed})
    return person


@transaction.atomic
def set_language(*, actor: User, language: str) -> User:
    """Remember the language somebody switched to, for pages and mail."""
    person = User.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    before, person.language = person.language, language
    person.save(update_fields=["language"])
    record(actor=actor, verb="set_language", target=person, details={"from": before, "to": language})
    return person


@transaction.atomic
def deactivate_user(*, actor: User, user_id: int, reason: str) -> User:
    """Lock an account. Memberships stay as they are, so that the account can come back.

    Raises:
        NotPermitted: the actor is not a portal administrator.
        DomainError: somebody tries to lock their own account.
    """
    if not perms.may_manage_staff(actor):
        raise NotPermitted
    person = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if person.pk == actor.pk:
        raise DomainError(_("You cannot lock your own account. Ask another portal administrator."))
    return _set_active(actor, person, is_active=False, reason=reason)


@transaction.atomic
def reactivate_user(*, actor: User, user_id: int, reason: str) -> User:
    """Unlock an account.

    Raises:
        NotPermitted: the actor is not a portal administrator.
    """
    if not perms.may_manage_staff(actor):
        raise NotPermitted
    person = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    return _set_active(actor, person, is_active=True, reason=reason)


def _set_active(actor: User, person: User, *, is_active: bool, reason: str) -> User:
    if person.is_active == is_active:
        raise DomainError(_("The account is in this state already. Reload the page."))
    person.is_active = is_active
    person.save(update_fields=["is_active"])
    person.forget()
    record(actor=actor, verb="reactivate" if is_active else "deactivate", target=person, reason=reason)
    return person
