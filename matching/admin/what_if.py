"""What-ifs in the admin: try numbers on a run, see who gains and who loses, compare several."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.errors import DomainError
from core.exports import export_response
from core.money import format_krw
from matching import perms, presentation, selectors, services
from matching.errors import WhatIfRefused
from matching.forms import NameForm, WhatIfForm
from matching.models import MatchingRun, WhatIf, WhatIfOrder
from pilots.selectors import rules_of

PER_PAGE = 50


def comparison_context(
    request: HttpRequest, run: MatchingRun, columns: Sequence[selectors.Column], *, judged: int | None = None
) -> dict[str, Any]:
    """Everything a page with columns side by side shows; ``?page=`` turns the list of differences."""
    found = selectors.differences(run=run, columns=columns, judged=judged)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "columns": columns,
        "has_verdict": (judged or len(columns)) == 2,
        "figure_rows": presentation.figure_rows(columns=columns),
        "track_rows": presentation.track_rows(columns=columns),
        "province_rows": presentation.province_rows(columns=columns),
        "track_option": presentation.track_chart(columns=columns),
        "gain_count": sum(row.change > 0 for row in found),
        "lose_count": sum(row.change < 0 for row in found),
        "page": page,
        "rows": selectors.difference_rows(found=list(page.object_list)),
        "run": run,
    }


def export_differences(
    fmt: str, name: str, run: MatchingRun, columns: Sequence[selectors.Column], *, judged: int | None = None
) -> HttpResponse:
    """Who gains and who loses, as a file."""
    found = selectors.differences(run=run, columns=columns, judged=judged)
    rows = selectors.difference_rows(found=found)
    return export_response(
        fmt=fmt,
        filename=name,
        header=presentation.difference_header(columns=columns),
        rows=(presentation.difference_cells(row=row) for row in rows),
    )


def columns_of(what_if: WhatIf) -> list[selectors.Column]:
    """The fast method without and with the changes, and the official result beside them."""
    return [
        selectors.base_column(what_if=what_if),
        selectors.what_if_column(what_if=what_if),
        selectors.run_column(run=what_if.run),
    ]


@admin.register(WhatIf)
class WhatIfAdmin(CaseAdmin):
    view_roles = (PpsRole.MATCHER, PpsRole.APPROVER, PpsRole.AUDITOR, PpsRole.ADMIN)
    act_roles = (PpsRole.MATCHER, PpsRole.APPROVER)
    id_argument = "what_if_id"
    list_display = ["name", "run", "granted", "spent", "objective", "author", "made_at"]
    list_filter = ["run__round", "author"]
    list_select_related = ["run", "author"]
    search_fields = ["name", "run__number", "author__name"]
    ordering = ["-made_at"]
    change_form_template = "admin/matching/what_if.html"
    fieldsets = [
        (_("Proof"), {"fields": [
            "run", "author", "made_at", "instance_sha256", "result_sha256", "engine_version", "rescored_count",
        ]}),
    ]  # fmt: skip
    case_actions = [
        CaseAction(
            name="rename",
            label=_("Rename"),
            service=services.rename_what_if,
            form=NameForm,
            visible=perms.may_change_what_if,
            tone="secondary",
        ),
        CaseAction(
            name="delete",
            label=_("Delete"),
            service=services.delete_what_if,
            visible=perms.may_change_what_if,
            confirm=_("The what-if disappears from the list. What was tried stays in the audit log."),
            tone="danger",
        ),
    ]

    @admin.display(description=_("offers"))
    def granted(self, obj: WhatIf) -> str:
        return f"{obj.figures['granted']:,}"

    @admin.display(description=_("amount awarded (won)"))
    def spent(self, obj: WhatIf) -> str:
        return format_krw(obj.figures["spent_krw"])

    @admin.display(description=_("objective"))
    def objective(self, obj: WhatIf) -> str:
        return f"{obj.figures['objective']:,}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("run__round", "run__frozen", "author")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("try/<int:run_id>/", wrap(self.try_view), name="matching_whatif_try"),
            path("ordered/<int:order_id>/", wrap(self.order_view), name="matching_whatif_order"),
            path("ordered/<int:order_id>/progress/", wrap(self.progress_view), name="matching_whatif_progress"),
            path("<int:what_if_id>/differences/", wrap(self.differences_view), name="matching_whatif_differences"),
        ]
        return [*own, *super().get_urls()]

    def do_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """After a deletion there is no case page to go back to."""
        response = super().do_view(request, object_id, action)
        if action == "delete" and response.status_code == 302 and self.get_object(request, object_id) is None:
            return redirect("admin:matching_whatif_changelist")
        return response

    def try_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Change numbers, solve at once, keep the comparison."""
        if not perms.may_try_what_if(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        run = get_object_or_404(MatchingRun.objects.select_related("round"), pk=run_id)
        form = WhatIfForm(
            request.POST or None,
            run=run,
            document=selectors.run_document(run=run),
            rules=rules_of(round_id=run.round_id),
            name=str(_("What-if %(number)s") % {"number": WhatIf.objects.filter(run=run).count() + 1}),
        )
        if request.method == "POST" and form.is_valid():
            tried = self._tried(request, run, form)
            if tried is not None:
                page = "order" if isinstance(tried, WhatIfOrder) else "change"
                return redirect(f"admin:matching_whatif_{page}", tried.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What if: %(run)s") % {"run": run},
            "form": form,
            "run": run,
        }
        return render(request, "admin/matching/what_if_try.html", context)

    def _tried(self, request: HttpRequest, run: MatchingRun, form: WhatIfForm) -> WhatIf | WhatIfOrder | None:
        try:
            return services.try_or_order_what_if(
                actor=request.user,  # type: ignore[arg-type]
                run_id=run.pk,
                name=form.cleaned_data["name"],
                changes=form.changes(),
            )
        except WhatIfRefused as error:
            form.add_error(form.field_of(error.field), str(error))
        except DomainError as error:
            messages.error(request, str(error))
        return None

    def _order(self, request: HttpRequest, order_id: int) -> WhatIfOrder:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(selectors.what_if_orders(), pk=order_id)

    def order_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """An order that waits or has failed; its author may withdraw it (POST). A solved one leads to its what-if."""
        order = self._order(request, order_id)
        if order.what_if_id is not None:
            return redirect("admin:matching_whatif_change", order.what_if_id)
        if request.method == "POST":
            try:
                services.withdraw_what_if_order(actor=request.user, order_id=order.pk)  # type: ignore[arg-type]
            except DomainError as error:
                messages.error(request, str(error))
                return redirect("admin:matching_whatif_order", order.pk)
            messages.success(request, _("The what-if is withdrawn."))
            return redirect("admin:matching_matchingrun_change", order.run_id)
        names = dict(selectors.product_choices(run=order.run) + selectors.institution_choices(run=order.run))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": order.name,
            "order": order,
            "changed": presentation.changes_in_words(changes=order.changes, names=names),
            "may_try": perms.may_try_what_if(request.user),  # type: ignore[arg-type]
            "may_withdraw": perms.may_withdraw_what_if_order(request.user, order),  # type: ignore[arg-type]
        }
        return render(request, "admin/matching/what_if_order.html", context)

    def progress_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """The progress block; once the order has ended, 286 stops the polling and the page is loaded anew."""
        order = self._order(request, order_id)
        response = render(request, "admin/matching/_what_if_progress.html", {"order": order})
        if not order.is_waiting:
            response.status_code = 286
            response["HX-Refresh"] = "true"
        return response

    def case_context(self, request: HttpRequest, obj: WhatIf) -> dict[str, Any]:
        names = dict(selectors.product_choices(run=obj.run) + selectors.institution_choices(run=obj.run))
        return {
            **comparison_context(request, obj.run, columns_of(obj), judged=2),
            "changed": presentation.changes_in_words(changes=obj.changes, names=names),
            "other_what_ifs": selectors.what_ifs_of(run=obj.run),
            "solved_runs": selectors.solved_runs_of(run=obj.run),
            "may_try": perms.may_try_what_if(request.user),  # type: ignore[arg-type]
            "export_url": reverse("admin:matching_whatif_differences", args=[obj.pk]),
        }

    def differences_view(self, request: HttpRequest, what_if_id: int) -> HttpResponse:
        """Who gains and who loses, as CSV or XLSX."""
        what_if = get_object_or_404(self.get_queryset(request), pk=what_if_id)
        if not self.has_view_permission(request, what_if):
            raise PermissionDenied
        return export_differences(
            request.GET.get("format", "csv"), "what-if", what_if.run, columns_of(what_if), judged=2
        )
