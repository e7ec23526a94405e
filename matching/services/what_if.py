"""What if a budget, a share, a ceiling or a weight were another: solved at once, kept by name, deciding nothing."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.audit import record
from core.errors import NotPermitted
from matching import engine, perms
from matching.errors import RoundNotReady, WhatIfRefused
from matching.models import MatchingRun, WhatIf
from matching.rules.breaches import Breach, breaches
from matching.rules.documents import canonical, fingerprint, rescored, with_changes
from matching.rules.figures import figures
from matching.selectors import labels_of, provinces_by_label, run_document
from pilots.models import ScaleReview
from pilots.selectors import rules_of

NAME_TAKEN = gettext_lazy("Another what-if of this run has this name already.")

# Which number of a what-if a limit comes from, for the message beside it.
FIELD_OF = {
    "budget": "budget_krw",
    "track_ceiling": "ceiling_krw",
    "product_units": "max_units",
    "product_ceiling": "ceiling_krw",
    "product_institutions": "max_institutions",
    "product_min_institutions": "min_institutions",
    "institution_ceiling": "ceiling_krw",
    "institution_products": "max_products",
}


def _tell_nobody(_done: int) -> None:
    pass


def pack_grants(*, grants: Mapping[str, int]) -> bytes:
    """Units by application, as they are kept."""
    return gzip.compress(json.dumps(grants, sort_keys=True, separators=(",", ":")).encode(), mtime=0)


def try_what_if(*, actor: User, run_id: int, name: str, changes: Mapping[str, Any]) -> WhatIf:
    """Solve a run's instance with other numbers by the fast method, and keep the comparison under a name.

    Nothing official changes and nobody is told.

    Raises:
        NotPermitted: the actor neither runs nor approves matching.
        RoundNotReady: the run has no result to compare with.
        WhatIfRefused: nothing is changed, or awards determined beforehand do not fit the changed numbers.
    """
    run = run_to_try(actor=actor, run_id=run_id, name=name, changes=changes)
    return keep_what_if(actor=actor, what_if=solved(actor=actor, run=run, name=name, changes=changes))


def run_to_try(*, actor: User, run_id: int, name: str, changes: Mapping[str, Any]) -> MatchingRun:
    """The run, where the actor may try these changes on it under this name.

    Raises:
        NotPermitted, RoundNotReady, WhatIfRefused: as `try_what_if`.
    """
    if not perms.may_try_what_if(actor):
        raise NotPermitted
    run = MatchingRun.objects.select_related("round__rule_set").defer("result").get(pk=run_id)
    if not run.has_result:
        raise RoundNotReady(_("This run has no result to compare with."))
    check_name(run=run, name=name)
    if not changes:
        raise WhatIfRefused(_("Change at least one number."))
    return run


def changed_document(
    *, run: MatchingRun, document: dict[str, Any], changes: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """The run's document with the changes, and how many applications are scored anew.

    Raises:
        WhatIfRefused: awards determined beforehand do not fit the changed numbers.
    """
    scores = _scores(run, document, changes)
    changed = with_changes(document, changes, scores)
    _check_predetermined(changed)
    return changed, len(scores)


def solved(
    *, actor: User, run: MatchingRun, name: str, changes: Mapping[str, Any], tell: Callable[[int], None] = _tell_nobody
) -> WhatIf:
    """A what-if with its figures, not kept yet. ``tell`` hears how many of the two instances are solved."""
    document = run_document(run=run)
    changed, rescored_count = changed_document(run=run, document=document, changes=changes)
    base_grants = _base_grants(run, document)
    tell(1)
    content = canonical(changed)
    result = engine.solve(content, fast=True)
    tell(2)
    grants = _grants(result.content)
    provinces = provinces_by_label(run=run)
    return WhatIf(
        run=run,
        name=name,
        changes=dict(changes),
        instance_sha256=fingerprint(content),
        result_sha256=hashlib.sha256(result.content).hexdigest(),
        engine_version=_version(result.content),
        figures={**figures(changed, grants, provinces), "gap_ppm": result.gap_ppm},
        base_figures=figures(document, base_grants, provinces),
        grants=pack_grants(grants=grants),
        base_grants=pack_grants(grants=base_grants),
        rescored_count=rescored_count,
        author=actor,
    )


@transaction.atomic
def keep_what_if(*, actor: User, what_if: WhatIf) -> WhatIf:
    """Store it under its name, and record what was tried.

    Raises:
        WhatIfRefused: somebody was quicker with the same name, or pressed twice.
    """
    try:
        with transaction.atomic():
            what_if.save(force_insert=True)
    except IntegrityError as error:
        raise WhatIfRefused(NAME_TAKEN, field="name") from error
    record(
        actor=actor,
        verb="try",
        target=what_if,
        details={"run": what_if.run_id, "changes": what_if.changes, "instance_sha256": what_if.instance_sha256},
    )
    return what_if


def check_name(*, run: MatchingRun, name: str, but_id: int = 0) -> None:
    """Names of a run's what-ifs differ.

    Raises:
        WhatIfRefused: there is none, or another what-if has it.
    """
    if not name.strip():
        raise WhatIfRefused(_("Give the what-if a name."), field="name")
    if WhatIf.objects.filter(run=run, name=name).exclude(pk=but_id).exists():
        raise WhatIfRefused(NAME_TAKEN, field="name")


def _grants(answer: bytes) -> dict[str, int]:
    return {row["application"]: row["units"] for row in json.loads(answer)["grants"]}


def _version(answer: bytes) -> str:
    said = json.loads(answer)["engine"]
    return f"{said['name']} {said['version']} ({said['stop_rule']})"[:120]


def _base_grants(run: MatchingRun, document: dict[str, Any]) -> dict[str, int]:
    """The fast method's award on the unchanged instance; an earlier what-if of the run has it already."""
    known = WhatIf.objects.filter(run=run).order_by("-pk").values_list("base_grants", flat=True).first()
    if known is not None:
        grants: dict[str, int] = json.loads(gzip.decompress(bytes(known)))
        return grants
    return _grants(engine.solve(canonical(document), fast=True).content)


def _check_predetermined(document: dict[str, Any]) -> None:
    """Awards that stand before matching must fit the changed numbers by themselves."""
    fixed = {row["id"]: row["requested_units"] for row in document["applications"] if row["predetermined"]}
    for breach in breaches(document, fixed):
        raise WhatIfRefused(
            _("Awards determined before matching need %(used)s here, so it cannot be less.")
            % {"used": f"{breach.used:,}"},
            field=_field(breach),
        )


def _field(breach: Breach) -> str:
    kind = breach.limit.split("_", 1)[0]
    name = FIELD_OF[breach.limit]
    return name if kind == "budget" else f"{kind}:{breach.subject}:{name}"


def _scores(run: MatchingRun, document: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, int]:
    """New scores of the applications whose stored parts add up to the score that they were matched with."""
    weights, ranks = changes.get("weights", {}), changes.get("ranks")
    if not weights and ranks is None:
        return {}
    before = rules_of(round_id=run.round_id).scoring.weights
    labels = labels_of(run=run)
    reviews = {
        row.application_id: row
        for row in ScaleReview.objects.filter(application__round=run.round).select_related("application")
    }
    found: dict[str, int] = {}
    for row in document["applications"]:
        review = reviews.get(labels[row["id"]])
        if review is None or row["score"] != max(0, sum(int(part["points"]) for part in review.score_parts)):
            continue
        priority = review.application.priority
        rank_points = None
        if ranks is not None:
            rank_points = ranks[priority - 1] if 1 <= priority <= len(ranks) else 0
        score = rescored(review.score_parts, before, weights, rank_points)
        if score is not None:
            found[row["id"]] = score
    return found


def _locked_own(actor: User, what_if_id: int) -> WhatIf:
    what_if = WhatIf.objects.select_for_update(of=("self",)).select_related("run").get(pk=what_if_id)
    if not perms.may_change_what_if(actor, what_if):
        raise NotPermitted
    return what_if


@transaction.atomic
def rename_what_if(*, actor: User, what_if_id: int, name: str) -> WhatIf:
    """Give one's own what-if another name.

    Raises:
        NotPermitted: it is somebody else's.
        WhatIfRefused: another what-if of the run has the name.
    """
    what_if = _locked_own(actor, what_if_id)
    check_name(run=what_if.run, name=name, but_id=what_if.pk)
    before, what_if.name = what_if.name, name
    what_if.save(update_fields=["name"])
    record(actor=actor, verb="rename", target=what_if, details={"before": before})
    return what_if


@transaction.atomic
def delete_what_if(*, actor: User, what_if_id: int) -> None:
    """Drop one's own what-if; the audit log keeps what was tried.

    Raises:
        NotPermitted: it is somebody else's.
    """
    what_if = _locked_own(actor, what_if_id)
    record(actor=actor, verb="delete", target=what_if)
    what_if.delete()
