"""Corrected results: what upheld objections change, added to the offers that stand.

Nobody loses by a correction: whoever holds an offer keeps it as an award that stands before matching, whoever has left
stays out, and the rest competes for what is left.
"""

from collections import Counter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from matching import perms
from matching.enums import AllocationOrigin
from matching.errors import ObjectionRefused, RoundNotReady, RunInProgress
from matching.models import Allocation, AwardOverride, Contract, Explanation, MatchingRun
from matching.rules.breaches import breaches
from matching.rules.documents import Award, Document, with_awards, with_changes
from matching.selectors import (
    breach_sentences,
    instance_document,
    labels_of,
    objections_to_correct,
    upheld_objections,
)
from matching.services.derived import carry_overrides, derive
from matching.services.offering import offer_deadline, offer_for, reserve_by_track
from matching.services.runs import call_worker, locked_run, new_run
from pilots import services as pilots
from pilots.enums import ApplicationStatus
from pilots.models import PilotApplication

STILL_WITHOUT = frozenset({ApplicationStatus.WAITLISTED, ApplicationStatus.NOT_MATCHED})
PRODUCT_LIMITS = ("min_institutions", "max_institutions", "max_units", "ceiling_krw")


@transaction.atomic
def start_correction(*, actor: User, run_id: int) -> MatchingRun:
    """Queue a run that adds to a public result what upheld objections change.

    Raises:
        NotPermitted: the actor does not run matching.
        RoundNotReady: the result is not public, or nothing is to be corrected.
        RunInProgress: another run of the round has not ended.
        ObjectionRefused: what was promised does not fit beside the offers that stand.
    """
    original = locked_run(run_id=run_id)
    if not perms.may_run_matching(actor, original):
        raise NotPermitted
    if original.corrects_id is not None or original.published_at is None:
        raise RoundNotReady(_("Only the public result of a round can be corrected."))
    if not objections_to_correct(run=original).exists():
        raise RoundNotReady(_("No upheld objection waits for a corrected result."))
    if MatchingRun.objects.filter(round=original.round).unfinished().exists():
        raise RunInProgress(_("Another run of this round has not ended yet. Wait for it or cancel it."))
    document = _document(original)
    fixed = {row["id"]: row["requested_units"] for row in document["applications"] if row["predetermined"]}
    if broken := breaches(document, fixed):
        lines = breach_sentences(run=original, found=broken)
        raise ObjectionRefused(
            _("What upheld objections grant does not fit beside the offers that stand: %(rules)s")
            % {"rules": " ".join(lines)}
        )
    derived = derive(actor=actor, frozen=original.frozen, document=document)
    run = new_run(
        actor=actor,
        frozen=original.frozen,
        gap_ppm=original.requested_gap_ppm,
        derived=derived,
        corrects=original,
    )
    # What was set by hand still stands in the corrected result.
    carry_overrides(base=original, run=run)
    record(actor=actor, verb="correct", target=original, details={"run": run.number, "sha256": derived.sha256})
    call_worker(run=run)
    return run


def _document(original: MatchingRun) -> Document:
    """The frozen instance as it stands now: offers in force, whoever still waits, and what the objections change."""
    labels = {label: key for label, key in labels_of(run=original).items() if label[0] in "AP"}
    held = dict(_in_force(original.round_id).values_list("application_id", "units"))
    statuses = dict(PilotApplication.objects.filter(round_id=original.round_id).values_list("pk", "status"))
    closed = set(Contract.objects.in_force().filter(round_id=original.round_id).values_list("plan_id", flat=True))
    taken_away = set(
        AwardOverride.objects.filter(run=original, units_after=0).values_list("application_id", flat=True)
    )
    promised, scores, products = _corrections(original, labels)
    products.update(_closed_products(labels, closed, held))
    document = with_changes(instance_document(frozen_id=original.frozen_id), {"products": products}, scores)
    awards = []
    for row in document["applications"]:
        key = labels[row["id"]]
        waits = statuses.get(key) in STILL_WITHOUT
        if key in held:
            awards.append(Award(row["id"], held[key]))
        elif row["id"] in promised:
            _check_open(waits and labels[row["product"]] not in closed, key)
            awards.append(Award(row["id"], promised[row["id"]]))
        elif not waits or (key in taken_away and row["id"] not in scores):
            awards.append(Award(row["id"], 0))
    return with_awards(document, awards)


def _closed_products(labels: dict[str, int], closed: set[int], held: dict[int, int]) -> dict[str, dict[str, int]]:
    """A product under contract takes nobody on: its limits are what its offers hold."""
    units: Counter[int] = Counter()
    served: Counter[int] = Counter()
    rows = PilotApplication.objects.filter(pk__in=held, plan__in=closed).values_list("pk", "plan_id")
    for key, plan_id in rows:
        units[plan_id] += held[key]
        served[plan_id] += 1
    return {
        label: {"max_units": units[key], "max_institutions": max(1, served[key])}
        for label, key in labels.items()
        if label[0] == "P" and key in closed
    }


def _check_open(waits: bool, application_id: int) -> None:
    if not waits:
        number = PilotApplication.objects.values_list("number", flat=True).get(pk=application_id)
        raise ObjectionRefused(
            _("The product of application %(number)s is under contract already. Amend the contract instead.")
            % {"number": number}
        )


def _corrections(
    original: MatchingRun, labels: dict[str, int]
) -> tuple[dict[str, int], dict[str, int], dict[str, dict[str, int]]]:
    """Units promised and new scores by application, and limits by product, of every upheld objection so far."""
    by_key = {(label[0], key): label for label, key in labels.items()}
    promised: dict[str, int] = {}
    scores: dict[str, int] = {}
    products: dict[str, dict[str, int]] = {}
    for objection in upheld_objections(round_id=original.round_id):
        about, key = ("A", objection.application_id) if objection.application_id else ("P", objection.plan_id)
        label = by_key.get((about, int(key or 0)))
        if label is None:
            raise ObjectionRefused(
                _("%(number)s concerns what stayed outside the instance, so no run can correct it.")
                % {"number": objection.number}
            )
        change = objection.correction
        if "units" in change:
            promised[label] = change["units"]
        if "score" in change:
            scores[label] = change["score"]
        if limits := {name: change[name] for name in PRODUCT_LIMITS if name in change}:
            products.setdefault(label, {}).update(limits)
    return promised, scores, products


def _in_force(round_id: int) -> Any:
    return Allocation.objects.filter(run__round_id=round_id).in_force()


def settle_correction(*, actor: User, run: MatchingRun) -> list[Allocation]:
    """Add to the offers what a corrected result adds, inside its approval; returns the new offers.

    Raises:
        RoundNotReady: offers have moved since the corrected run was started.
        BudgetExceeded: a track's ledger holds less than the result adds.
    """
    rows = {
        row.application_id: row
        for row in Explanation.objects.select_for_update(of=("self",))
        .filter(run=run)
        .select_related("application__plan__track")
    }
    held = dict(_in_force(run.round_id).values_list("application_id", "units"))
    if any(key not in rows or rows[key].granted != units for key, units in held.items()):
        raise RoundNotReady(_("Offers have moved since this run was started. Start the corrected run anew."))
    added = [
        row for key, row in sorted(rows.items())
        if row.granted and key not in held and row.application.status in STILL_WITHOUT
    ]  # fmt: skip
    listed = [
        row for row in rows.values()
        if row.waitlist_position and row.application.status == ApplicationStatus.NOT_MATCHED
    ]  # fmt: skip
    respond_until = offer_deadline(run=run)
    allocations = Allocation.objects.bulk_create(
        offer_for(run=run, row=row, units=row.granted, origin=AllocationOrigin.CORRECTION, respond_until=respond_until)
        for row in added
    )
    reserve_by_track(actor=actor, run=run, allocations=allocations)
    pilots.record_corrections(
        actor=actor,
        round_id=run.round_id,
        matched={row.application_id: row.granted for row in added},
        waitlisted=[row.application_id for row in listed],
    )
    corrected = objections_to_correct(run=run).filter(decided_at__lte=run.requested_at)
    concerned = {row.pk for row in [*added, *listed]} | {
        row.pk
        for key in corrected.values_list("application_id", flat=True)
        if (row := rows.get(key)) and row.application.status in STILL_WITHOUT
    }
    # Letters go only to whom the correction concerns; whoever holds an offer was told that it stands.
    Explanation.objects.filter(run=run).exclude(pk__in=concerned).update(told_at=database_now())
    corrected.update(corrected_by=run)
    return allocations
