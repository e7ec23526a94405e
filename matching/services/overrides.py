"""Awards that a person sets: a derived instance with a hash of its own, and a run that a second person approves."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from matching import perms
from matching.enums import RunStatus
from matching.errors import OverrideRefused, ResultRefused, RoundNotReady
from matching.models import AwardOverride, DerivedInstance, MatchingRun
from matching.rules.breaches import breaches
from matching.rules.documents import Award, Document, canonical, with_awards
from matching.selectors import award_of, breach_sentences, instance_document, labels_of, result_document
from matching.services.derived import carry_overrides, derive, settle_at_once
from matching.services.runs import call_worker, check_nothing_runs, locked_run, new_run
from pilots.enums import RoundStatus
from pilots.models import PilotApplication

OPEN_TO_CHANGE = frozenset({RunStatus.SOLVED, RunStatus.PROPOSED})


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that was checked: the run it departs from, the derived document, and every award set in it."""

    run: MatchingRun
    application: PilotApplication
    before: int
    units: int
    reason: str
    document: Document
    awards: dict[str, int]


def may_change_awards(*, actor: User, run: MatchingRun) -> bool:
    """Whether the pages offer to set an award of this run by hand."""
    is_open = run.status in OPEN_TO_CHANGE and run.round.status == RoundStatus.MATCHING
    return is_open and perms.may_override_award(actor, run)


@transaction.atomic
def change_award(*, actor: User, run_id: int, application_id: int, units: int, reason: str) -> MatchingRun:
    """Set one award and keep every other; audited at once against every rule.

    Raises:
        NotPermitted: the actor does not run matching.
        RoundNotReady, RunInProgress: the run is no longer, or not yet, open to changes.
        OverrideRefused: no reason, units outside what the review allows, or rules that the award would break.
    """
    wish = _wish(actor, run_id, application_id, units, reason)
    kept = {row["application"]: row["units"] for row in result_document(run=wish.run)["grants"]}
    grants = {label: wish.awards.get(label, count) for label, count in {**kept, **wish.awards}.items()}
    grants = {label: count for label, count in grants.items() if count}
    if broken := breaches(wish.document, grants):
        raise OverrideRefused(
            _("With every other award kept, this breaks a rule. Change the units, or solve anew around it."),
            field="units",
            reasons=tuple(breach_sentences(run=wish.run, found=broken)),
        )
    run = _new_run(actor, wish)
    try:
        settle_at_once(run=run, body=canonical(wish.document), units=grants)
    except ResultRefused as error:
        raise OverrideRefused(str(error), field="units") from error
    return run


@transaction.atomic
def solve_around_award(*, actor: User, run_id: int, application_id: int, units: int, reason: str) -> MatchingRun:
    """Set one award and have everything else solved anew around it by a worker.

    Raises:
        NotPermitted, RoundNotReady, RunInProgress: as for ``change_award``.
        OverrideRefused: no reason, units outside what the review allows, or awards that break a rule by themselves.
    """
    wish = _wish(actor, run_id, application_id, units, reason)
    fixed = {row["id"]: row["requested_units"] for row in wish.document["applications"] if row["predetermined"]}
    if broken := breaches(wish.document, fixed):
        raise OverrideRefused(
            _("The awards that are set or determined beforehand break a rule by themselves."),
            field="units",
            reasons=tuple(breach_sentences(run=wish.run, found=broken)),
        )
    run = _new_run(actor, wish)
    call_worker(run=run)
    return run


def _wish(actor: User, run_id: int, application_id: int, units: int, reason: str) -> Wish:
    run = locked_run(run_id=run_id)
    if not perms.may_override_award(actor, run):
        raise NotPermitted
    if run.status not in OPEN_TO_CHANGE or run.round.status != RoundStatus.MATCHING:
        raise RoundNotReady(_("Awards can be set while a result is solved and not yet approved."))
    check_nothing_runs(pilot_round=run.round)
    if not reason.strip():
        raise OverrideRefused(
            _("Give the reason. The applicant, the approver and the public read it."), field="reason"
        )
    labels = {key: label for label, key in labels_of(run=run).items() if label.startswith("A")}
    label = labels.get(application_id)
    if label is None:
        raise OverrideRefused(_("This application stayed outside the matching, so no award can be set for it."))
    application = PilotApplication.objects.select_related("plan__product", "institution").get(pk=application_id)
    before = award_of(run=run, application_id=application_id)
    _check_units(application, before, units)
    awards = {
        labels[row.application_id]: row.units_after
        for row in AwardOverride.objects.filter(run=run).exclude(application=application)
    }
    awards[label] = units
    frozen = instance_document(frozen_id=run.frozen_id)
    document = with_awards(frozen, [Award(name, count) for name, count in awards.items()])
    return Wish(run, application, before, units, reason.strip(), document, awards)


def _check_units(application: PilotApplication, before: int, units: int) -> None:
    if units == before:
        raise OverrideRefused(_("The application has this award already."), field="units")
    most = application.reviewed_units or 0
    low = min(application.min_units, most)
    if units and not low <= units <= most:
        raise OverrideRefused(
            _("The review allows 0, or %(low)s to %(high)s units.") % {"low": low, "high": most}, field="units"
        )


def _new_run(actor: User, wish: Wish) -> MatchingRun:
    """A run on the derived instance, with the record of every override that stands in it."""
    base = wish.run
    derived: DerivedInstance = derive(actor=actor, frozen=base.frozen, document=wish.document)
    run = new_run(actor=actor, frozen=base.frozen, gap_ppm=base.requested_gap_ppm, derived=derived)
    carry_overrides(base=base, run=run, but=wish.application)
    AwardOverride.objects.create(
        run=run,
        base_run=base,
        application=wish.application,
        units_before=wish.before,
        units_after=wish.units,
        reason=wish.reason,
        made_by=actor,
        made_at=database_now(),
    )
    record(
        actor=actor,
        verb="override",
        target=run,
        reason=wish.reason,
        details={
            "application": wish.application.pk,
            "before": wish.before,
            "after": wish.units,
            "base_run": base.number,
            "instance_sha256": derived.sha256,
        },
    )
    return run
