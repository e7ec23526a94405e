"""What would have been enough for an application: asked and shown on the page of its explanation."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _

from core.admin import CaseAdmin
from core.errors import DomainError
from matching import selectors, services


class CounterfactualPages(CaseAdmin):
    """Mixed into the admin of explanations."""

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "matching_explanation"
        own = [
            path("<int:explanation_id>/ask/", wrap(self.ask_view), name=f"{name}_ask"),
            path("proofs/<int:proof_id>/<int:before>/", wrap(self.derived_view), name=f"{name}_derived"),
        ]
        return [*own, *super().get_urls()]

    def ask_view(self, request: HttpRequest, explanation_id: int) -> HttpResponse:
        """Ask what would have been enough."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = get_object_or_404(self.get_queryset(request), pk=explanation_id)
        try:
            services.ask_what_would_do(actor=request.user, explanation_id=row.pk)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("It is being worked out; you are told when it is done."))
        return redirect("admin:matching_explanation_change", row.pk)

    def derived_view(self, request: HttpRequest, proof_id: int, before: int) -> HttpResponse:
        """The derived instance of a proof, or the one a step before it."""
        proof = get_object_or_404(selectors.proofs_for_staff(), pk=proof_id)
        if not self.has_view_permission(request, proof.counterfactual.explanation):
            raise PermissionDenied
        content = selectors.derived_bytes(proof=proof, is_a_step_before=bool(before))
        sha256 = proof.less_instance_sha256 if before and proof.is_enough else proof.instance_sha256
        response = HttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="derived-{sha256[:12]}.json"'
        return response
