"""Incidents, suspension and resumption, and the one extension a pilot use may get."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.calendar import today
from core.errors import NotPermitted
from core.uploads import attach_files
from feedback import perms
from feedback.enums import (
    ExtensionAction,
    ExtensionStatus,
    Fact,
    IncidentAction,
    IncidentKind,
    IncidentStatus,
    UseAction,
    UseStatus,
)
from feedback.errors import AlreadyDone, DateOutOfRange
from feedback.models import Incident, PilotUse, UseExtension
from feedback.services.links import admin_url
from feedback.services.rules import last_day, rules_for
from feedback.services.use import locked_use, tell_institution, tell_staff, tell_supplier
from feedback.workflow import EXTENSION_WORKFLOW, INCIDENT_WORKFLOW, USE_WORKFLOW

_RUNNING = (UseStatus.IN_USE, UseStatus.SUSPENDED)


@transaction.atomic
def report_incident(
    *, actor: User, use_id: int, kind: str, occurred_on: date, description: str, file_ids: tuple[str, ...] = ()
) -> Incident:
    """Report what went wrong. A safety accident suspends the pilot use at once."""
    use = locked_use(use_id=use_id)
    if not perms.may_report_incident(actor, use):
        raise NotPermitted
    if use.status not in _RUNNING:
        raise AlreadyDone(_("Incidents are reported while the product is in pilot use."))
    if use.started_on is None or not use.started_on <= occurred_on <= today():
        raise DateOutOfRange(_("The incident happened between the start of pilot use and today."))
    incident = Incident.objects.create(
        use=use, kind=kind, occurred_on=occurred_on, description=description, reported_by=actor
    )
    attach_files(actor=actor, file_ids=list(file_ids), target=use, purpose="feedback.incident")
    record(actor=actor, verb="report_incident", target=use, details={"incident": incident.pk, "kind": kind})
    if kind == IncidentKind.SAFETY_ACCIDENT and use.status == UseStatus.IN_USE:
        _suspend(actor, use, description)
    tell_supplier(use=use, kind=Fact.INCIDENT_REPORTED, incident=str(incident.get_kind_display()))
    tell_staff(
        kind=Fact.INCIDENT_REPORTED,
        url=admin_url(model="incident", pk=incident.pk),
        product=use.product.name,
        institution=use.institution.name,
        incident=str(incident.get_kind_display()),
    )
    return incident


def _suspend(actor: User, use: PilotUse, reason: str) -> None:
    before = USE_WORKFLOW.advance(use, UseAction.SUSPEND, actor)
    use.save(update_fields=["status"])
    record(actor=actor, verb=UseAction.SUSPEND, target=use, before=before, after=use.status, reason=reason)
    tell_institution(use=use, kind=Fact.USE_SUSPENDED)


@transaction.atomic
def handle_incident(*, actor: User, incident_id: int, handling: str) -> Incident:
    """The supplier says what it did about an open incident."""
    incident = _locked_incident(incident_id)
    if not perms.may_handle_incident(actor, incident):
        raise NotPermitted
    if incident.status != IncidentStatus.OPEN:
        raise AlreadyDone(_("The incident is resolved already."))
    incident.handling, incident.handled_at = handling, timezone.now()
    incident.save(update_fields=["handling", "handled_at"])
    record(actor=actor, verb="handle_incident", target=incident.use, details={"incident": incident.pk})
    return incident


@transaction.atomic
def resolve_incident(
    *, actor: User, incident_id: int, resolution: str, is_product_fault: bool | None = None
) -> Incident:
    """Close an incident. Only PPS says whether the product was at fault, since a failure verdict can rest on it."""
    incident = _locked_incident(incident_id)
    before = INCIDENT_WORKFLOW.advance(incident, IncidentAction.RESOLVE, actor)
    incident.resolution, incident.resolved_by, incident.resolved_at = resolution, actor, timezone.now()
    incident.is_product_fault = is_product_fault if perms.works_on_cases(actor) else None
    incident.save(update_fields=["status", "resolution", "resolved_by", "resolved_at", "is_product_fault"])
    record(
        actor=actor,
        verb=IncidentAction.RESOLVE,
        target=incident,
        before=before,
        after=incident.status,
        reason=resolution,
    )
    return incident


@transaction.atomic
def resume_use(*, actor: User, use_id: int, reason: str) -> PilotUse:
    """Let a suspended pilot use go on, once its safety accidents are resolved."""
    use = locked_use(use_id=use_id)
    before = USE_WORKFLOW.advance(use, UseAction.RESUME, actor)
    use.save(update_fields=["status"])
    record(actor=actor, verb=UseAction.RESUME, target=use, before=before, after=use.status, reason=reason)
    tell_institution(use=use, kind=Fact.USE_RESUMED)
    tell_supplier(use=use, kind=Fact.USE_RESUMED)
    return use


@transaction.atomic
def request_extension(*, actor: User, use_id: int, new_end_on: date, reason: str) -> UseExtension:
    """Ask for a later end, once, within the longest period the rules allow."""
    use = locked_use(use_id=use_id)
    if not perms.may_keep_log(actor, use):
        raise NotPermitted
    if use.status not in _RUNNING or use.started_on is None or use.ends_on is None:
        raise AlreadyDone(_("Only a running pilot use can be extended."))
    limit = last_day(start=use.started_on, months=rules_for(on=today()).longest_months)
    if not use.ends_on < new_end_on <= limit:
        raise DateOutOfRange(
            _("The new end lies after %(end)s and not after %(limit)s, the longest pilot use allowed.")
            % {"end": use.ends_on, "limit": limit}
        )
    try:
        with transaction.atomic():
            extension = UseExtension.objects.create(use=use, new_end_on=new_end_on, reason=reason, requested_by=actor)
    except IntegrityError as error:
        raise AlreadyDone(_("Pilot use can be extended only once, and a request was made already.")) from error
    record(actor=actor, verb="request_extension", target=use, reason=reason, details={"new_end_on": str(new_end_on)})
    tell_staff(
        kind=Fact.EXTENSION_REQUESTED,
        url=admin_url(model="useextension", pk=extension.pk),
        product=use.product.name,
        institution=use.institution.name,
        new_end_on=str(new_end_on),
    )
    return extension


@transaction.atomic
def approve_extension(*, actor: User, extension_id: int, reason: str = "") -> UseExtension:
    """Grant the later end."""
    return _decide_extension(actor, extension_id, ExtensionAction.APPROVE, reason)


@transaction.atomic
def decline_extension(*, actor: User, extension_id: int, reason: str) -> UseExtension:
    """Turn the request down; the institution may ask again."""
    return _decide_extension(actor, extension_id, ExtensionAction.DECLINE, reason)


def _decide_extension(actor: Any, extension_id: int, action: ExtensionAction, reason: str) -> UseExtension:
    use_id = UseExtension.objects.values_list("use_id", flat=True).get(pk=extension_id)
    use = locked_use(use_id=use_id)
    extension = UseExtension.objects.select_for_update(of=("self",)).get(pk=extension_id)
    extension.use = use
    before = EXTENSION_WORKFLOW.advance(extension, action, actor)
    extension.decision_reason, extension.decided_by, extension.decided_at = reason, actor, timezone.now()
    extension.save(update_fields=["status", "decision_reason", "decided_by", "decided_at"])
    if extension.status == ExtensionStatus.APPROVED:
        use.ends_on = extension.new_end_on
        use.save(update_fields=["ends_on"])
    record(actor=actor, verb=action, target=extension, before=before, after=extension.status, reason=reason)
    is_approved = extension.status == ExtensionStatus.APPROVED
    tell_institution(
        use=use, kind=Fact.EXTENSION_DECIDED, is_approved=is_approved, ends_on=str(use.ends_on), reason=reason
    )
    return extension


def _locked_incident(incident_id: int) -> Incident:
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("use__product", "use__institution")
    return incidents.get(pk=incident_id)
