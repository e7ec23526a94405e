"""Rows of labels and values for pages."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import InstitutionKind
from accounts.models import Province, User
from accounts.perms import may_approve_for
from core.audit import history_of
from core.clock import database_now
from core.money import format_krw
from pilots.enums import ApplicationStatus, Claim, Comparison, ExemptReason, RoundStatus
from pilots.models import ApplicationSite, PilotApplication, PilotUsePlan
from pilots.perms import may_send_back
from pilots.selectors.applications import is_objectionable, objection_due, submission_needs_approver
from pilots.selectors.rules import current_designation


def stamp_of(*, row: PilotApplication | PilotUsePlan) -> str:
    """The last event of the case that a form was opened on, so that nobody writes over a colleague's work unseen."""
    return str(history_of(target=row).values_list("pk", flat=True).last() or 0)


def _provinces(codes: Sequence[str]) -> str:
    if not codes:
        return _("Everywhere")
    return ", ".join(str(row) for row in Province.objects.filter(pk__in=codes).order_by("order"))


def _kinds(codes: Sequence[str]) -> str:
    labels = dict(InstitutionKind.choices)
    return ", ".join(str(labels.get(code, code)) for code in codes) if codes else _("Every kind")


def _designation(plan: PilotUsePlan) -> str:
    found = current_designation(product=plan.product)
    if found is None:
        return ""
    return _("%(number)s, valid until %(day)s") % {"number": found.number, "day": found.valid_until.isoformat()}


def offer_rows(*, plan: PilotUsePlan) -> list[tuple[str, str]]:
    """What a plan offers, as institutions read it."""
    rows = [
        (_("Designation"), _designation(plan)),
        (_("Track"), plan.track.name),
        (_("Item"), str(plan.item or "")),
        (_("Price of one unit"), format_krw(plan.unit_price_krw)),
        (_("Monthly fee of one unit"), format_krw(plan.monthly_fee_krw)),
        (_("Units per institution, at least"), f"{plan.min_units:,}"),
        (_("Units in the round, at most"), f"{plan.max_units:,}"),
        (_("Institutions"), f"{plan.min_institutions}–{plan.max_institutions}"),
        (_("Pilot use"), _("%(count)s months") % {"count": plan.pilot_months}),
        (_("Suitable kinds of institution"), _kinds(plan.suitable_kinds)),
        (_("Suitable provinces"), _provinces(plan.suitable_provinces)),
        (_("Requirements on the site"), plan.site_requirements),
        (_("Expected improvement"), plan.expected_improvement),
        (_("Installation"), plan.installation),
        (_("Training"), plan.training),
        (_("Safety and insurance"), plan.safety),
        (
            _("Operating cost per unit and year"),
            f"{format_krw(plan.yearly_operating_krw)} ({plan.get_operating_payer_display()})",
        ),
        (_("Offer for follow-up purchases"), plan.follow_up_offer),
    ]
    return [(label, value) for label, value in rows if value]


def _measures(plan: PilotUsePlan) -> str:
    at_least, at_most = _("at least %(target)s %(unit)s"), _("at most %(target)s %(unit)s")
    return "\n".join(
        "{}: {}".format(
            kpi.name,
            (at_least if kpi.comparison == Comparison.AT_LEAST else at_most)
            % {"target": f"{kpi.target.normalize():f}", "unit": kpi.unit},
        )
        for kpi in sorted(plan.kpis.all(), key=lambda kpi: (kpi.order, kpi.pk))
    )


def comparison(*, plans: Sequence[PilotUsePlan]) -> list[tuple[str, list[str]]]:
    """The offers side by side: a label and one value per product."""
    columns = [dict(offer_rows(plan=plan)) | {str(_("Performance measures")): _measures(plan)} for plan in plans]
    labels = list(dict.fromkeys(label for column in columns for label in column))
    return [(label, [column.get(label, "–") for column in columns]) for label in labels]


def _site(site: ApplicationSite) -> str:
    units = ngettext("%(count)s unit", "%(count)s units", site.units) % {"count": site.units}
    return f"{site.name} ({units}), {site.address}, {site.province}"


def _letter(application: PilotApplication) -> str:
    day = application.letter_on.isoformat() if application.letter_on else ""
    return " · ".join(filter(None, [application.letter_number, day]))


def application_rows(*, application: PilotApplication) -> list[tuple[str, str]]:
    """What an application asks for."""
    claims = dict(Claim.choices)
    rows = [
        (_("Round"), application.round.number),
        (_("Product"), application.plan.product.name),
        (_("Supplier"), application.plan.supplier.name),
        (_("Units asked for"), f"{application.requested_units:,}"),
        (_("Fewest units"), f"{application.min_units:,}"),
        (_("Amount"), format_krw(application.requested_units * application.plan.unit_price_krw)),
        (_("Priority"), str(application.priority)),
        (_("Site"), application.site_name),
        (_("Address of the site"), application.site_address),
        (_("Further sites"), "\n".join(_site(site) for site in application.further_sites.all())),
        (_("Present problem"), application.problem),
        (_("Use"), application.use_plan),
        (_("Expected effect"), application.expected_effect),
        (_("Person responsible"), application.responsible_person),
        (_("Budget for operation"), format_krw(application.operating_budget_krw)),
        (_("Budget for follow-up purchases"), format_krw(application.follow_up_budget_krw)),
        (_("Plan for follow-up purchases"), application.follow_up_plan),
        (_("Claims"), ", ".join(str(claims.get(code, code)) for code in application.claims)),
        (_("Official letter"), _letter(application)),
        (_("Officer"), application.officer.name),
    ]
    if application.is_exempt:
        rows.append((_("No matching needed"), str(ExemptReason(application.exempt_reason).label)))
    else:
        rows.append((_("Matching"), _("Takes part in the matching")))
    if application.reviewed_units:
        rows.append((_("Units after review"), f"{application.reviewed_units:,}"))
    if application.granted_units:
        rows.append((_("Units granted"), f"{application.granted_units:,}"))
    return [(label, value) for label, value in rows if value]


def is_held_for_approver(*, application: PilotApplication, actor: User) -> bool:
    """Whether somebody else of the institution has to submit it."""
    return not may_approve_for(actor, application.institution_id) and submission_needs_approver(
        organization_id=application.institution_id
    )


def approval_events(*, application: PilotApplication) -> list[dict[str, Any]]:
    """What went to and fro between the officers and approvers of the institution, for their own page."""
    rows = history_of(target=application).filter(verb__in=["request_approval", "send_back"])
    return [
        {
            "at": row.happened_at,
            "actor": row.actor_label,
            "title": _("Sent back to the officer") if row.verb == "send_back" else _("Approval was asked for"),
            "body": row.details.get("remark", ""),
            "tone": "warning" if row.verb == "send_back" else "info",
        }
        for row in rows
    ]


def application_actions(*, application: PilotApplication, actor: User) -> dict[str, Any]:
    """Which buttons the page of an application shows; withdrawing follows from the lifecycle."""
    status = ApplicationStatus(application.status)
    is_open = application.round.status == RoundStatus.OPEN and database_now() < application.round.closes_at
    is_draft = status == ApplicationStatus.DRAFT
    is_asked = application.approval_requested_at is not None
    return {
        "may_edit": is_draft or (status == ApplicationStatus.SUBMITTED and is_open),
        "may_discard": is_draft,
        "may_submit": is_draft and is_open and is_asked and may_send_back(actor, application),
        "may_send_back": is_draft and is_asked and may_send_back(actor, application),
        "may_ask": is_draft
        and is_open
        and not is_asked
        and is_held_for_approver(application=application, actor=actor),
        "may_object": is_objectionable(application=application, organization_id=application.institution_id),
        "objection_due": objection_due(application=application),
    }
