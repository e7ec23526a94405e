"""What becomes of an application after the freeze; called by the app that matches."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.errors import IllegalTransition
from pilots.enums import ApplicationAction, ApplicationStatus, RoundStatus
from pilots.errors import RuleBroken
from pilots.models import PilotApplication
from pilots.services.locking import lock_application, lock_round
from pilots.workflow import APPLICATION_WORKFLOW


def _check_units(application: PilotApplication, units: int) -> None:
    most = application.reviewed_units or 0
    low = min(application.min_units, most)
    if not low <= units <= most:
        raise RuleBroken(
            _("Application %(number)s can receive %(low)s to %(high)s units.")
            % {"number": application.number, "low": low, "high": most}
        )


def _advance(
    *, actor: object, application_id: int, action: ApplicationAction, units: int | None = None, reason: str = ""
) -> PilotApplication:
    application = lock_application(application_id=application_id)
    if refusal := APPLICATION_WORKFLOW.refusal(application, action, actor):
        raise refusal
    if units is not None:
        _check_units(application, units)
        application.granted_units = units
    before = APPLICATION_WORKFLOW.advance(application, action, actor)
    application.save(update_fields=["status", "granted_units"])
    record(
        actor=actor,
        verb=action,
        target=application,
        before=before,
        after=application.status,
        reason=reason,
        details={"units": application.granted_units},
    )
    return application


@transaction.atomic
def record_match(*, actor: object, application_id: int, units: int) -> PilotApplication:
    """Grant units to a passed or waitlisted application.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        RuleBroken: the units lie outside what the review allows.
    """
    return _advance(actor=actor, application_id=application_id, action=ApplicationAction.MATCH, units=units)


@transaction.atomic
def record_waitlisted(*, actor: object, application_id: int) -> PilotApplication:
    """Keep a passed application for when somebody declines. Raises as the lifecycle says."""
    return _advance(actor=actor, application_id=application_id, action=ApplicationAction.WAITLIST)


@transaction.atomic
def record_not_matched(*, actor: object, application_id: int, reason: str = "") -> PilotApplication:
    """No units for this application. Raises as the lifecycle says."""
    return _advance(actor=actor, application_id=application_id, action=ApplicationAction.NOT_MATCH, reason=reason)


@transaction.atomic
def record_confirmed(*, actor: object, application_id: int) -> PilotApplication:
    """Both sides accepted; an application that needs no matching comes here directly, with its reviewed units.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
    """
    application = lock_application(application_id=application_id)
    units = application.granted_units or application.reviewed_units
    return _advance(actor=actor, application_id=application_id, action=ApplicationAction.CONFIRM, units=units)


@transaction.atomic
def record_declined(*, actor: object, application_id: int, reason: str = "") -> PilotApplication:
    """One side declined, let the deadline pass, or the contract failed. Raises as the lifecycle says."""
    return _advance(actor=actor, application_id=application_id, action=ApplicationAction.DECLINE, reason=reason)


@transaction.atomic
def record_outcomes(
    *,
    actor: object,
    round_id: int,
    matched: Mapping[int, int],
    waitlisted: Sequence[int] = (),
    not_matched: Sequence[int] = (),
) -> list[PilotApplication]:
    """Enter the outcome of an approved run for many applications in one step; the caller tells the applicants.

    Args:
        matched: units by application id.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle; nothing is entered then.
        RuleBroken: units outside what the review allows, or an application of another round.
    """
    pilot_round = lock_round(round_id=round_id)
    if pilot_round.status != RoundStatus.MATCHING:
        raise IllegalTransition(_("The round is not being matched."))
    actions = dict.fromkeys(matched, ApplicationAction.MATCH)
    actions.update(dict.fromkeys(waitlisted, ApplicationAction.WAITLIST))
    actions.update(dict.fromkeys(not_matched, ApplicationAction.NOT_MATCH))
    applications = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(round=pilot_round, pk__in=actions)
        .select_related("plan", "institution")
        .order_by("pk")
    )
    if len(applications) != len(actions) or len(actions) != len(matched) + len(waitlisted) + len(not_matched):
        raise RuleBroken(_("The outcome names applications twice, or some of another round."))
    for application in applications:
        if application.pk in matched:
            _check_units(application, matched[application.pk])
            application.granted_units = matched[application.pk]
        APPLICATION_WORKFLOW.advance(application, actions[application.pk], actor)
    PilotApplication.objects.bulk_update(applications, ["status", "granted_units"], batch_size=500)
    record(
        actor=actor,
        verb="record_outcomes",
        target=pilot_round,
        details={
            "matched": {str(pk): units for pk, units in matched.items()},
            "waitlisted": list(waitlisted),
            "not_matched": list(not_matched),
        },
    )
    return applications


@transaction.atomic
def record_corrections(
    *, actor: object, round_id: int, matched: Mapping[int, int], waitlisted: Sequence[int] = ()
) -> list[PilotApplication]:
    """Enter what a corrected result adds after the first one is public; the caller tells the applicants.

    Args:
        matched: units by application id.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle; nothing is entered then.
        RuleBroken: units outside what the review allows.
    """
    pilot_round = lock_round(round_id=round_id)
    applications = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(round=pilot_round, pk__in=[*matched, *waitlisted])
        .select_related("plan", "institution")
        .order_by("pk")
    )
    for application in applications:
        if application.pk in matched:
            _check_units(application, matched[application.pk])
            application.granted_units = matched[application.pk]
            was_refused = application.status == ApplicationStatus.NOT_MATCHED
            action = ApplicationAction.CORRECT if was_refused else ApplicationAction.MATCH
        else:
            action = ApplicationAction.RELIST
        APPLICATION_WORKFLOW.advance(application, action, actor)
    PilotApplication.objects.bulk_update(applications, ["status", "granted_units"], batch_size=500)
    record(
        actor=actor,
        verb="record_outcomes",
        target=pilot_round,
        details={"matched": {str(pk): units for pk, units in matched.items()}, "waitlisted": list(waitlisted)},
    )
    return applications
