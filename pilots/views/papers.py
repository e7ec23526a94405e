"""The attachments of a form: one field for each kind of paper, kept when the form fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.access import actor_of
from core.errors import DomainError
from core.models import StoredFile
from core.uploads import files_of, stage_uploads
from pilots import selectors
from pilots.enums import Paper
from pilots.errors import EditConflict
from pilots.forms import differences
from pilots.models import PilotApplication, PilotUsePlan

PLAN_PAPERS = (Paper.PRICE, Paper.PLAN)
APPLICATION_PAPERS = (Paper.LETTER, Paper.EVIDENCE, Paper.APPLICATION)
INPUTS = {
    Paper.PRICE: "price",
    Paper.PLAN: "files",
    Paper.LETTER: "letter",
    Paper.EVIDENCE: "evidence",
    Paper.APPLICATION: "files",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came with a form: the files kept so far, and the refusals by the field they came through."""

    files: list[StoredFile] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        return [str(stored.pk) for stored in self.files]


@dataclass(frozen=True, slots=True)
class Slot:
    """One upload field with what is stored, what waits for the next attempt, and what is wrong."""

    name: str
    label: str
    hint: str
    stored: list[StoredFile]
    staged: list[StoredFile]
    errors: list[str]
    dropped: frozenset[str]


def arrived(request: HttpRequest, papers: Sequence[Paper]) -> Arrived:
    """Store what came, together with what an earlier attempt of the same person stored."""
    actor = actor_of(request)
    found = Arrived()
    for paper in papers:
        name = INPUTS[paper]
        staged = stage_uploads(actor=actor, files=request.FILES.getlist(name), purpose=paper)
        found.files.extend(staged.files)
        if staged.errors:
            found.errors[name] = staged.errors
    kept = stage_uploads(actor=actor, files=(), kept=request.POST.getlist("kept_files"), purpose="")
    found.files.extend(kept.files)
    return found


def still_waiting(request: HttpRequest, came: Arrived) -> Arrived:
    """The files of an attempt that no case has taken."""
    rest = stage_uploads(actor=actor_of(request), files=(), kept=came.ids, purpose="")
    return Arrived(rest.files, came.errors)


def slots(
    papers: Sequence[Paper],
    *,
    target: models.Model,
    came: Arrived,
    gaps: Mapping[str, Sequence[str]],
    dropped: Sequence[str] = (),
) -> list[Slot]:
    """The upload fields of a form, ready to draw."""
    stored = list(files_of(target=target))
    hints = _hints()
    return [
        Slot(
            INPUTS[paper],
            str(paper.label),
            hints[paper],
            [row for row in stored if row.purpose == paper],
            [row for row in came.files if row.purpose == paper],
            [*came.errors.get(INPUTS[paper], []), *gaps.get(INPUTS[paper], [])],
            frozenset(dropped),
        )
        for paper in papers
    ]


def _hints() -> dict[Any, str]:
    return {
        Paper.PRICE: _("A contract, an invoice, a cost calculation or a quotation that shows the price."),
        Paper.PLAN: _("Drawings, certificates, photographs: what helps to judge the plan."),
        Paper.LETTER: _("The scanned letter of your institution, unless it came by document exchange."),
        Paper.EVIDENCE: _("One document for each thing that you ticked above."),
        Paper.APPLICATION: _("Floor plans, photographs of the site, anything else."),
    }


def show_gaps(form: Any, error: DomainError | None) -> dict[str, list[str]]:
    """Put what a service missed beside the fields; returns what belongs to no field of the form, by its place."""
    rest: dict[str, list[str]] = {}
    if error is None:
        return rest
    gaps = getattr(error, "gaps", None)
    if not gaps:
        form.add_error(None, str(error))
        return rest
    for gap in gaps:
        if gap.field in form.fields or not gap.field:
            form.add_error(gap.field or None, str(gap))
        else:
            rest.setdefault(gap.field, []).append(str(gap))
    if rest and not form.non_field_errors():
        form.add_error(None, _("Something is still missing. Each place says what."))
    return rest


def extras(request: HttpRequest, came: Arrived) -> dict[str, Any]:
    """What a form brings beside its fields: new files, files to take off, and the stamp it was opened with."""
    return {
        "file_ids": came.ids,
        "drop_ids": request.POST.getlist("drop_files"),
        "seen": request.POST.get("seen", ""),
    }


def form_context(
    request: HttpRequest,
    row: PilotApplication | PilotUsePlan,
    form: Any,
    *,
    papers: Sequence[Paper],
    came: Arrived | None,
    error: DomainError | None,
    restored: Any,
) -> dict[str, Any]:
    """What both forms show of ``row`` as stored: gaps, files, stamp, a colleague's version, a restored draft."""
    gaps = show_gaps(form, error)
    typed = request.POST or restored or {}
    is_current = error is not None or not typed
    dropped = request.POST.getlist("drop_files")
    return {
        "form": form,
        "gaps": gaps,
        "slots": slots(papers, target=row, came=came or Arrived(), gaps=gaps, dropped=dropped),
        "seen": selectors.stamp_of(row=row) if is_current else typed.get("seen", ""),
        "differences": differences(form, row) if isinstance(error, EditConflict) else [],
        "is_restored": bool(restored),
    }
