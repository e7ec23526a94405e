from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import perms, selectors, services
from accounts.codes import institution_code
from accounts.enums import OrganizationAction, OrganizationKind
from accounts.errors import AlreadyRegistered
from accounts.forms import (
    FindOrganizationForm,
    InstitutionForm,
    JoinForm,
    OrganizationProfileForm,
    RecoveryForm,
    SupplierForm,
    SupplierProfileForm,
)
from accounts.models import Organization, User
from accounts.workflow import ORGANIZATION_WORKFLOW
from core.access import access, actor_of
from core.errors import DomainError
from core.uploads import StagedFiles, files_of, stage_uploads


@require_safe
@access(perms.is_signed_in)
def overview(request: HttpRequest) -> HttpResponse:
    """The current organization, or the way into one."""
    actor = actor_of(request)
    organization = perms.organization_of(actor)
    context = {
        "organization": organization,
        "requests": selectors.own_memberships(actor=actor).requested(),
        "recoveries": selectors.own_recovery_requests(actor=actor),
        "others": [row for row in actor.active_memberships().values() if row.organization != organization],
        "may_register": perms.may_register_organization(actor),
    }
    if organization is None:
        return render(request, "accounts/no_organization.html", {**context, "form": FindOrganizationForm()})
    return render(request, "accounts/organization.html", {**context, **_details(actor, organization)})


def _details(actor: User, organization: Organization) -> dict[str, object]:
    return {
        "membership": perms.membership_in(actor, organization.pk),
        "is_admin": perms.is_admin_of(actor, organization.pk),
        "may_resubmit": OrganizationAction.RESUBMIT in ORGANIZATION_WORKFLOW.available(organization, actor),
        "names": selectors.names_of(organization_id=organization.pk),
        "files": files_of(target=organization, purpose="registration"),
        "has_administrator": selectors.has_administrator(organization_id=organization.pk),
    }


@require_safe
@access(perms.may_register_organization)
def start(request: HttpRequest) -> HttpResponse:
    """Look the number up: a known organization can be joined, an unknown one registered."""
    form = FindOrganizationForm(request.GET if "number" in request.GET else None)
    if not form.is_valid():
        return render(request, "accounts/start.html", {"form": form})
    number = form.cleaned_data["number"]
    found = selectors.organization_by_number(number=number)
    if found is not None:
        return redirect("accounts:join", organization_id=found.pk)
    if institution_code.is_valid(number):
        return redirect(f"{reverse('accounts:register_institution')}?institution_code={number}")
    return redirect(f"{reverse('accounts:register_supplier')}?business_no={number}")


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_organization)
def register_supplier(request: HttpRequest) -> HttpResponse:
    initial = {"business_no": request.GET.get("business_no", "")}
    form = SupplierForm(request.POST or None, initial=initial)
    return _register(request, form, OrganizationKind.SUPPLIER)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_organization)
def register_institution(request: HttpRequest) -> HttpResponse:
    initial = {"institution_code": request.GET.get("institution_code", "")}
    form = InstitutionForm(request.POST or None, initial=initial)
    return _register(request, form, OrganizationKind.INSTITUTION)


def _register(request: HttpRequest, form: SupplierForm | InstitutionForm, kind: OrganizationKind) -> HttpResponse:
    staged = _staged(request, "accounts.registration")
    if request.method == "POST" and form.is_valid() and not staged.errors:
        register = services.register_supplier if kind == OrganizationKind.SUPPLIER else services.register_institution
        try:
            organization = register(actor=actor_of(request), file_ids=staged.ids, **form.profile())
        except AlreadyRegistered as error:
            messages.warning(request, str(error))
            return redirect("accounts:join", organization_id=error.organization_id)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s is registered. PPS will confirm it.") % {"name": organization.name})
            return redirect("accounts:organization")
    return render(request, "accounts/register.html", {"form": form, "kind": kind, "staged": staged})


def _staged(request: HttpRequest, purpose: str) -> StagedFiles:
    return stage_uploads(
        actor=actor_of(request),
        files=request.FILES.getlist("files"),
        kept=request.POST.getlist("kept_files"),
        purpose=purpose,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_organization)
def join(request: HttpRequest, organization_id: int) -> HttpResponse:
    actor = actor_of(request)
    organization = get_object_or_404(selectors.organizations_to_join(actor=actor), pk=organization_id)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.request_to_join(actor=actor, organization_id=organization.pk, **form.cleaned_data)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Your request was sent to the administrators. You will hear from them here."))
        return redirect("accounts:organization")
    has_administrator = selectors.has_administrator(organization_id=organization.pk)
    context = {"form": form, "organization": organization, "has_administrator": has_administrator}
    return render(request, "accounts/join.html", context)


@require_POST
@access(perms.is_signed_in)
def withdraw(request: HttpRequest, membership_id: int) -> HttpResponse:
    actor = actor_of(request)
    membership = get_object_or_404(selectors.own_memberships(actor=actor), pk=membership_id)
    try:
        services.withdraw_request(actor=actor, membership_id=membership.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your request is withdrawn."))
    return redirect("accounts:organization")


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_organization)
def recovery(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Ask PPS to appoint an administrator, from inside or outside the organization."""
    actor = actor_of(request)
    organization = get_object_or_404(selectors.organizations_to_recover(), pk=organization_id)
    form = RecoveryForm(request.POST or None)
    staged = _staged(request, "accounts.recovery")
    if request.method == "POST" and form.is_valid() and not staged.errors:
        try:
            services.request_recovery(
                actor=actor, organization_id=organization.pk, file_ids=tuple(staged.ids), **form.cleaned_data
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("PPS has your request. You will be told the decision here and by mail."))
        return redirect("accounts:organization")
    return render(request, "accounts/recovery.html", {"form": form, "organization": organization, "staged": staged})


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.administers_current)
def edit(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    organization = get_object_or_404(selectors.administered_now(actor=actor))
    form_class = SupplierProfileForm if organization.kind == OrganizationKind.SUPPLIER else OrganizationProfileForm
    form = form_class(request.POST or None, instance=organization)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_organization(actor=actor, organization_id=organization.pk, **form.profile())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The profile of the organization is saved."))
            return redirect("accounts:organization")
    return render(request, "accounts/organization_edit.html", {"form": form, "organization": organization})


@require_POST
@access(perms.administers_current)
def resubmit(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    organization = get_object_or_404(selectors.administered_now(actor=actor))
    try:
        services.resubmit_organization(actor=actor, organization_id=organization.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Submitted again. PPS will look at your organization once more."))
    return redirect("accounts:organization")


@require_POST
@access(perms.is_signed_in)
def switch(request: HttpRequest, organization_id: int) -> HttpResponse:
    try:
        organization = services.switch_organization(actor=actor_of(request), organization_id=organization_id)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You now work for %(name)s.") % {"name": organization.name})
    return redirect("core:home")
