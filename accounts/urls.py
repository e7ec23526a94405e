from django.urls import path

from accounts.views import invitations, members, organizations, people

app_name = "accounts"

urlpatterns = [
    path("my/profile/", people.profile, name="profile"),
    # Stands before Django's own page of the same address, which does not know our people.
    path("i18n/setlang/", people.switch_language, name="switch_language"),
    path("terms/", people.terms, name="terms"),
    path("privacy/", people.privacy, name="privacy"),
    path("my/organization/", organizations.overview, name="organization"),
    path("my/organization/start/", organizations.start, name="start"),
    path("my/organization/register/supplier/", organizations.register_supplier, name="register_supplier"),
    path("my/organization/register/institution/", organizations.register_institution, name="register_institution"),
    path("my/organization/join/<int:organization_id>/", organizations.join, name="join"),
    path("my/organization/recovery/<int:organization_id>/", organizations.recovery, name="recovery"),
    path("my/organization/withdraw/<int:membership_id>/", organizations.withdraw, name="withdraw"),
    path("my/organization/profile/", organizations.edit, name="organization_edit"),
    path("my/organization/resubmit/", organizations.resubmit, name="resubmit"),
    path("my/organization/switch/<int:organization_id>/", organizations.switch, name="switch"),
    path("my/organization/members/", members.members, name="members"),
    path("my/organization/members/invite/", members.invite, name="invite"),
    path("my/organization/members/<int:membership_id>/accept/", members.accept, name="member_accept"),
    path("my/organization/members/<int:membership_id>/reject/", members.reject, name="member_reject"),
    path("my/organization/members/<int:membership_id>/role/", members.change_role, name="member_role"),
    path("my/organization/members/<int:membership_id>/remove/", members.remove, name="member_remove"),
    path("my/organization/members/<int:membership_id>/leave/", members.leave, name="leave"),
    path("my/organization/invitations/<int:invitation_id>/resend/", invitations.resend, name="invitation_resend"),
    path("my/organization/invitations/<int:invitation_id>/revoke/", invitations.revoke, name="invitation_revoke"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
]
