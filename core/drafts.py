"""Form drafts: what somebody typed survives a closed tab, a lost connection and a refused form."""

from typing import Any

from django.http import QueryDict

from core.models import FormDraft

MAX_CHARACTERS = 200_000


def load_draft(*, actor: Any, key: str) -> QueryDict:
    """What the actor last typed into the form ``key``, ready for ``Form(data=…)``; falsy when there is nothing.

    Single fields come back as one text each through ``draft.dict()``, for ``Form(initial=…)``.
    """
    row = FormDraft.objects.filter(owner_id=actor.pk, key=key).first()
    content = QueryDict(mutable=True)
    for name, values in (row.content if row else {}).items():
        content.setlist(name, values if isinstance(values, list) else [values])
    return content


def save_draft(*, actor: Any, key: str, content: dict[str, Any]) -> FormDraft:
    """Keep ``content`` (field name to list of texts) for the actor's form ``key``."""
    row, _created = FormDraft.objects.update_or_create(owner_id=actor.pk, key=key, defaults={"content": content})
    return row


def drop_draft(*, actor: Any, key: str) -> None:
    """Forget the draft; called by the view once the form has been taken."""
    FormDraft.objects.filter(owner_id=actor.pk, key=key).delete()
