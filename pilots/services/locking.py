"""Row locks of this app, always in the order round, plan, application, so that nobody waits in a circle."""

from django.db import connection

from accounts.models import Organization
from pilots.models import PilotApplication, PilotRound, PilotUsePlan


def lock_round(*, round_id: int) -> PilotRound:
    """The round, for whoever moves it."""
    return PilotRound.objects.select_for_update(of=("self",)).select_related("plan", "rule_set").get(pk=round_id)


def share_round(*, round_id: int) -> PilotRound:
    """Hold the round still without keeping others who do the same from working.

    Submissions share the row; whoever closes or moves the round waits for them and they for him. Django knows no
    ``FOR SHARE``, hence the statement.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM pilots_pilotround WHERE id = %s FOR SHARE", [round_id])
    return PilotRound.objects.select_related("plan", "rule_set").get(pk=round_id)


def lock_use_plan(*, plan_id: int) -> PilotUsePlan:
    """The plan, for whoever changes or decides it."""
    return (
        PilotUsePlan.objects.select_for_update(of=("self",))
        .select_related("round__rule_set", "product", "supplier", "track")
        .get(pk=plan_id)
    )


def lock_application(*, application_id: int) -> PilotApplication:
    """The application with all that decisions and messages need."""
    return (
        PilotApplication.objects.select_for_update(of=("self",))
        .select_related("round__rule_set", "plan__product", "plan__supplier", "plan__track", "institution", "officer")
        .get(pk=application_id)
    )


def lock_institution(*, organization_id: int) -> Organization:
    """One submission of an institution at a time, so that two cannot take the same priority.

    ``no_key`` leaves room for the foreign keys that point at the row meanwhile.
    """
    return Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization_id)
