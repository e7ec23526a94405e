from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import perms, selectors, services
from accounts.enums import (
    InvitationAction,
    InvitationStatus,
    OrganizationAction,
    PpsRole,
    RecoveryAction,
)
from accounts.forms import ClassifyForm, ReasonForm, StaffRoleForm
from accounts.models import (
    Consent,
    Invitation,
    Membership,
    Organization,
    OrganizationName,
    Province,
    RecoveryRequest,
    StaffRole,
    User,
)
from accounts.workflow import INVITATION_WORKFLOW, ORGANIZATION_WORKFLOW, RECOVERY_WORKFLOW
from core.admin import CaseAction, CaseAdmin
from core.amounts import AmountsShown, with_amounts

_PEOPLE_DESK = (PpsRole.ADMIN, PpsRole.AUDITOR)


class ReadOnlyInline(AmountsShown, admin.TabularInline):  # type: ignore[type-arg]
    """Rows that belong to a case, to look at only."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return with_amounts(self.model, self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return perms.is_pps(request.user)


class NameInline(ReadOnlyInline):
    model = OrganizationName
    fields = ["name", "name_en", "valid_from", "valid_until"]
    ordering = ["-valid_from", "-pk"]


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ["user", "role", "status", "requested_at", "joined_at", "left_at", "reason"]
    ordering = ["status", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user")


class PersonMembershipInline(MembershipInline):
    fk_name = "user"
    fields = ["organization", "role", "status", "requested_at", "joined_at", "left_at", "reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("organization")


class StaffRoleInline(ReadOnlyInline):
    model = StaffRole
    fk_name = "user"
    fields = ["role", "granted_by", "granted_at"]


class ConsentInline(ReadOnlyInline):
    model = Consent
    fields = ["document", "version", "given_at"]


def _registration(organization: Organization) -> list[tuple[Any, Any]]:
    members = selectors.members_of(organization_id=organization.pk).count()
    return [
        (_("Organization"), organization.name),
        (_("Kind"), organization.get_kind_display()),
        (_("Number"), organization.number_display),
        (_("Address"), organization.address),
        (_("Registered by"), organization.registered_by or "–"),
        (_("Who is told"), ngettext("%(count)d member", "%(count)d members", members) % {"count": members}),
    ]


@admin.register(Organization)
class OrganizationAdmin(CaseAdmin):
    view_roles = tuple(PpsRole)
    act_roles = (PpsRole.ADMIN, PpsRole.REVIEWER)
    workflow = ORGANIZATION_WORKFLOW
    case_actions = (
        CaseAction(
            name="confirm",
            label=_("Confirm organization"),
            service=services.confirm_organization,
            action=OrganizationAction.CONFIRM,
            confirm=_("The organization may work in the portal from now on. Its members are told."),
            effect=_registration,
        ),
        CaseAction(
            name="reject",
            label=_("Turn down organization"),
            service=services.reject_organization,
            action=OrganizationAction.REJECT,
            form=ReasonForm,
            confirm=_("The members read your reason. Their administrator may correct the entries and submit again."),
            effect=_registration,
            tone="danger",
        ),
        CaseAction(
            name="classify",
            label=_("Set marks"),
            service=services.classify_organization,
            form=ClassifyForm,
            visible=perms.may_decide_organization,
            confirm=_("These marks count in the review of plans and in matching."),
            tone="secondary",
        ),
        CaseAction(
            name="suspend",
            label=_("Suspend organization"),
            service=services.suspend_organization,
            action=OrganizationAction.SUSPEND,
            form=ReasonForm,
            roles=(PpsRole.ADMIN,),
            confirm=_("The members may read everything, but start nothing new. They read your reason."),
            effect=_registration,
            tone="danger",
        ),
        CaseAction(
            name="restore",
            label=_("Lift suspension"),
            service=services.restore_organization,
            action=OrganizationAction.RESTORE,
            form=ReasonForm,
            roles=(PpsRole.ADMIN,),
            confirm=_("The organization may work in the portal again. Its members read your reason."),
        ),
        CaseAction(
            name="close",
            label=_("Close organization"),
            service=services.close_organization,
            action=OrganizationAction.CLOSE,
            form=ReasonForm,
            roles=(PpsRole.ADMIN,),
            confirm=_("The organization can never work in the portal again. Its history stays."),
            effect=_registration,
            tone="danger",
        ),
    )
    list_display = [
        "name",
        "kind",
        "status",
        "number_display",
        "province",
        "member_count",
        "is_administered",
        "submitted_at",
    ]
    list_filter = ["status", "kind", "institution_kind", "province", "is_youth_startup", "is_safety_institution"]
    list_select_related = ["province"]
    search_fields = ["name", "name_en", "business_no", "institution_code", "names__name", "names__name_en"]
    ordering = ["-submitted_at", "-pk"]
    inlines = [NameInline, MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        return selectors.organization_queue()

    @admin.display(description=_("number"))
    def number_display(self, organization: Organization) -> str:
        return organization.number_display

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, organization: Any) -> int:
        return int(organization.member_count)

    @admin.display(description=_("has an administrator"), boolean=True, ordering="is_administered")
    def is_administered(self, organization: Any) -> bool:
        return bool(organization.is_administered)


def _recovery(request: RecoveryRequest) -> list[tuple[Any, Any]]:
    administrators = selectors.administrators_of(organization_id=request.organization_id)
    last = selectors.last_sign_in_of_administrators(organization_id=request.organization_id)
    return [
        (_("Organization"), request.organization),
        (_("Who asks"), f"{request.requested_by.name} ({request.requested_by.email})"),
        (_("Explanation"), request.explanation),
        (_("Present administrators"), ", ".join(person.name for person in administrators) or _("nobody")),
        (_("Last sign-in of an administrator"), last or _("never")),
    ]


@admin.register(RecoveryRequest)
class RecoveryRequestAdmin(CaseAdmin):
    view_roles = _PEOPLE_DESK
    act_roles = (PpsRole.ADMIN,)
    workflow = RECOVERY_WORKFLOW
    id_argument = "recovery_id"
    case_actions = (
        CaseAction(
            name="appoint",
            label=_("Appoint the person as administrator"),
            service=services.appoint_administrator,
            action=RecoveryAction.APPOINT,
            form=ReasonForm,
            confirm=_("The person decides from now on who acts for the organization. They read your reason."),
            effect=_recovery,
        ),
        CaseAction(
            name="decline",
            label=_("Turn down recovery request"),
            service=services.decline_recovery,
            action=RecoveryAction.DECLINE,
            form=ReasonForm,
            confirm=_("The administration of the organization stays as it is. The person reads your reason."),
            effect=_recovery,
            tone="danger",
        ),
    )
    list_display = ["organization", "requested_by", "status", "requested_at", "decided_by", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["organization", "requested_by", "decided_by"]
    search_fields = ["organization__name", "requested_by__name", "requested_by__email"]
    ordering = ["-requested_at", "-pk"]


def _is_other_active(actor: User, person: User) -> bool:
    return actor.pk != person.pk and person.is_active


def _is_other_staff(actor: User, person: User) -> bool:
    return actor.pk != person.pk and person.is_staff


def _is_locked(actor: User, person: User) -> bool:
    return not person.is_active


def _person(person: User) -> list[tuple[Any, Any]]:
    roles = ", ".join(str(PpsRole(code).label) for code in sorted(person.role_codes()))
    return [(_("Name"), person.name), (_("E-mail address"), person.email), (_("PPS roles"), roles or "–")]


@admin.register(User)
class UserAdmin(CaseAdmin):
    view_roles = _PEOPLE_DESK
    act_roles = (PpsRole.ADMIN,)
    case_actions = (
        CaseAction(
            name="grant",
            label=_("Give PPS role"),
            service=services.grant_role,
            form=StaffRoleForm,
            visible=_is_other_active,
            confirm=_("The person may do everything that the role allows, in the PPS workplace, from now on."),
            effect=_person,
        ),
        CaseAction(
            name="revoke",
            label=_("Take PPS role away"),
            service=services.revoke_role,
            form=StaffRoleForm,
            visible=_is_other_staff,
            confirm=_("With the last role the person can no longer open the PPS workplace."),
            effect=_person,
            tone="danger",
        ),
        CaseAction(
            name="deactivate",
            label=_("Lock account"),
            service=services.deactivate_user,
            form=ReasonForm,
            visible=_is_other_active,
            confirm=_("The person can no longer sign in. Memberships and roles stay as they are."),
            effect=_person,
            tone="danger",
        ),
        CaseAction(
            name="reactivate",
            label=_("Unlock account"),
            service=services.reactivate_user,
            form=ReasonForm,
            visible=_is_locked,
            confirm=_("The person can sign in again."),
            effect=_person,
        ),
    )
    list_display = ["name", "email", "language", "current_organization", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "language", "staff_roles__role"]
    list_select_related = ["current_organization"]
    search_fields = ["name", "email"]
    ordering = ["-date_joined", "-pk"]
    # Named one by one: read-only columns are shown unless this list leaves them out, the password's hash too.
    fields = [
        "name",
        "email",
        "phone",
        "language",
        "current_organization",
        "is_active",
        "is_staff",
        "is_demo",
        "date_joined",
        "last_login",
    ]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """The roles only for PPS staff, who alone can have some."""
        shown = [StaffRoleInline] if obj is not None and obj.is_staff else []
        return [*shown, PersonMembershipInline, ConsentInline]


@admin.register(Membership)
class MembershipAdmin(CaseAdmin):
    view_roles = _PEOPLE_DESK
    list_display = ["user", "organization", "role", "status", "requested_at", "joined_at", "left_at"]
    list_filter = ["status", "role"]
    list_select_related = ["user", "organization"]
    search_fields = ["user__name", "user__email", "organization__name"]
    ordering = ["-requested_at", "-pk"]


def _is_open(actor: User, invitation: Invitation) -> bool:
    return invitation.status == InvitationStatus.SENT


@admin.register(Invitation)
class InvitationAdmin(CaseAdmin):
    view_roles = _PEOPLE_DESK
    act_roles = (PpsRole.ADMIN,)
    workflow = INVITATION_WORKFLOW
    case_actions = (
        CaseAction(
            name="resend",
            label=_("Send invitation again"),
            service=services.resend_invitation,
            visible=_is_open,
            confirm=_("The link is mailed once more and works for its full time again."),
            tone="secondary",
        ),
        CaseAction(
            name="revoke",
            label=_("Revoke invitation"),
            service=services.revoke_invitation,
            action=InvitationAction.REVOKE,
            confirm=_("The link stops working."),
            tone="danger",
        ),
    )
    # Without the columns from which the link could be told.
    fields = [
        "kind",
        "status",
        "email",
        "name",
        "language",
        "organization",
        "role",
        "message",
        "target_type",
        "target_id",
        "invited_by",
        "created_at",
        "mailed_at",
        "expires_at",
        "accepted_at",
        "accepted_by",
    ]
    list_display = ["email", "kind", "organization", "status", "created_at", "expires_at", "accepted_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["organization"]
    search_fields = ["email", "name", "organization__name"]
    ordering = ["-created_at", "-pk"]


@admin.register(Province)
class ProvinceAdmin(CaseAdmin):
    list_display = ["code", "name_ko", "name_en", "order"]
    ordering = ["order"]
