"""What every draft needs: files taken and given up, and no silent overwriting of what a colleague saved meanwhile."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import history_of
from core.calendar import SEOUL
from core.uploads import attach_files, detach_file
from pilots.errors import EditConflict
from pilots.models import PilotApplication, PilotUsePlan

_WRITING = ("save", "change", "submit", "return", "rank")


def check_unchanged(*, actor: User, row: PilotApplication | PilotUsePlan, seen: str) -> None:
    """Refuse to write over what somebody else saved after the form was opened.

    Args:
        seen: the stamp that the form was opened with; empty where nobody looked at a form.

    Raises:
        EditConflict: it was saved since, by another person; the text says by whom and when.
    """
    if not seen:
        return
    since = history_of(target=row).filter(verb__in=_WRITING, pk__gt=int(seen) if seen.isdecimal() else 0)
    last = since.exclude(actor=actor).last()
    if last is None:
        return
    raise EditConflict(
        _("%(who)s saved this at %(when)s while you were writing. Nothing was overwritten; what you typed is below.")
        % {"who": last.actor_label, "when": f"{last.happened_at.astimezone(SEOUL):%Y-%m-%d %H:%M}"}
    )


def take_files(
    *, actor: User, row: PilotApplication | PilotUsePlan, file_ids: Sequence[str], drop_ids: Sequence[str]
) -> None:
    """Attach new files under the purpose they were uploaded for, and take off those that were ticked."""
    if file_ids:
        attach_files(actor=actor, file_ids=file_ids, target=row)
    for key in drop_ids:
        detach_file(actor=actor, file_id=key, target=row)
