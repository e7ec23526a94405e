"""The admin as a workplace: read-only case pages whose buttons call services."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import AutoField
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.amounts import AmountsShown, with_amounts
from core.errors import DomainError
from core.exports import XLSX_ROWS, export_response, streamed_csv
from core.fieldlines import CaseForm, CaseRows
from core.history import told
from core.uploads import files_of
from core.workflow import Workflow


@dataclass(frozen=True, slots=True)
class CaseLink:
    """A page that belongs to a case, in the box of its buttons; ``case_links`` in the context of the page."""

    label: Any
    url: str
    tone: str = "secondary"


@dataclass(frozen=True, slots=True)
class CaseAction:
    """A button on a case page.

    Attributes:
        name: slug in the address of the confirmation page.
        label: text of the button, a verb.
        service: called as ``service(actor=…, <id_argument>=pk, **form.cleaned_data)``.
        action: the workflow action; the button shows only while the case's workflow would allow it.
        form: further input asked for on the confirmation page.
        roles: PPS roles that may press it; empty means the admin class's ``act_roles``.
        visible: a further condition, ``(actor, obj) -> bool``.
        confirm: what will happen, one or two sentences.
        effect: rows (label, value) that show the effect before it happens.
        tone: ``primary``, ``secondary`` or ``danger``.
    """

    name: str
    label: Any
    service: Callable[..., Any]
    action: Any = None
    form: type[Form] | None = None
    roles: Sequence[Any] = ()
    visible: Callable[[Any, Any], bool] | None = None
    confirm: Any = ""
    effect: Callable[[Any], Sequence[tuple[Any, Any]]] | None = None
    id_argument: str = ""
    tone: str = "primary"


class CaseAdmin(AmountsShown, admin.ModelAdmin):  # type: ignore[type-arg]
    """Default deny by PPS role; nothing is edited in place unless ``editable_fields`` names it.

    Attributes:
        view_roles: PPS roles that see the cases; empty means every PPS person.
        act_roles: PPS roles that press the buttons.
        add_roles: PPS roles that may create or edit rows in place (reference data); empty means nobody.
        editable_fields: what those roles may edit.
        workflow: the lifecycle that decides which buttons show.
        case_actions: the buttons.
        id_argument: the services' name for the primary key, ``<model>_id`` unless set.
        export_fields: columns of the CSV and XLSX download, ``list_display`` unless set.
        shows_id: the case page names the row's number; only where a proof does.
    """

    view_roles: Sequence[Any] = ()
    act_roles: Sequence[Any] = ()
    add_roles: Sequence[Any] = ()
    editable_fields: Sequence[str] = ()
    workflow: Workflow | None = None
    case_actions: Sequence[CaseAction] = ()
    id_argument = ""
    export_fields: Sequence[str] = ()
    shows_id = False
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/core/case_change_form.html"
    change_list_template = "admin/core/case_change_list.html"
    actions = None

    # Who may

    def _holds(self, request: HttpRequest, roles: Sequence[Any]) -> bool:
        user: Any = request.user
        if not (user.is_active and user.is_staff):
            return False
        return not roles or bool(user.role_codes() & {str(role) for role in roles})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, self.view_roles)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(request, self.view_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable_fields and self.add_roles) and self._holds(request, self.add_roles)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.add_roles) and self._holds(request, self.add_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        extra: list[Any] = [name for name in self.readonly_fields if name not in self.editable_fields]
        plain = [field.name for field in self._shown_fields() if field.name not in self.editable_fields]
        return with_amounts(self.model, [*plain, *(name for name in extra if name not in plain)])

    def _shown_fields(self) -> list[Any]:
        """Everything but the number that the database has given the row, which means nothing to people."""
        return [field for field in self.opts.fields if self.shows_id or not isinstance(field, AutoField)]

    # The case page

    def buttons(self, request: HttpRequest, obj: Any) -> list[CaseAction]:
        """The actions this person could take on this case now."""
        return [case_action for case_action in self.case_actions if self._shows(request, obj, case_action)]

    def _shows(self, request: HttpRequest, obj: Any, case_action: CaseAction) -> bool:
        if not self._holds(request, case_action.roles or self.act_roles or self.view_roles):
            return False
        if case_action.visible is not None and not case_action.visible(request.user, obj):
            return False
        if case_action.action is None or self.workflow is None:
            return True
        return self.workflow.refusal(obj, case_action.action, request.user) is None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = dict(extra_context or {})
        obj = self.get_object(request, object_id) if object_id else None
        if obj is not None and self.has_view_permission(request, obj):
            # Django's own "View …" and "Change …" read oddly in Korean, and nothing is changed in place here.
            context |= {
                **self.case_context(request, obj),
                "title": capfirst(self.opts.verbose_name),
                "case_buttons": self.buttons(request, obj),
                "case_history": told(target=obj, workflow=self.workflow),
                "case_files": files_of(target=obj),
                "case_do_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_do",
            }
        return super().changeform_view(request, object_id, form_url, context)

    def _opens(self, request: HttpRequest, other: Any) -> bool:
        """Whether this person may open another case, to which this one would link."""
        if not self.admin_site.is_registered(type(other)):
            return False
        return self.admin_site.get_model_admin(type(other)).has_view_permission(request, other)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        opens = partial(self._opens, request)
        context["adminform"] = CaseForm(context["adminform"], opens)
        context["inline_admin_formsets"] = [CaseRows(rows, opens) for rows in context["inline_admin_formsets"]]
        return super().render_change_form(request, context, *args, **kwargs)

    def case_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the case page of a subclass shows besides the fields; nothing unless overridden."""
        return {}

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("export/", self.admin_site.admin_view(self.export_view), name=f"{name}_export"),
            path("<path:object_id>/do/<slug:action>/", self.admin_site.admin_view(self.do_view), name=f"{name}_do"),
        ]
        return [*own, *super().get_urls()]

    def do_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """The confirmation page of a button: what will happen, further input, and the press itself (POST)."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        case_action = next((a for a in self.case_actions if a.name == action), None)
        if case_action is None:
            raise Http404
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        if not self._shows(request, obj, case_action):
            if not self._holds(request, case_action.roles or self.act_roles or self.view_roles):
                raise PermissionDenied
            messages.warning(request, _("This action is no longer possible. The page shows the current state."))
            return redirect(back)
        form = self._bound_form(request, case_action, obj)
        if (
            request.method == "POST"
            and (form is None or form.is_valid())
            and self._press(request, obj, case_action, form)
        ):
            return redirect(back)
        return self._confirmation(request, obj, case_action, form, back)

    def _bound_form(self, request: HttpRequest, case_action: CaseAction, obj: Any) -> Form | None:
        if case_action.form is None:
            return None
        initial: dict[str, Any] = getattr(case_action.form, "initial_for", lambda _obj: {})(obj)
        if request.method == "POST":
            return case_action.form(request.POST, request.FILES, initial=initial)
        return case_action.form(initial=initial)

    def _press(self, request: HttpRequest, obj: Any, case_action: CaseAction, form: Form | None) -> bool:
        """Call the service; False when it refused, with the refusal as a message."""
        argument = case_action.id_argument or self.id_argument or f"{self.opts.model_name}_id"
        values = form.cleaned_data if form is not None else {}
        try:
            case_action.service(actor=request.user, **{argument: obj.pk}, **values)
        except DomainError as error:
            messages.error(request, str(error))
            return False
        messages.success(request, _("Done: %(action)s.") % {"action": case_action.label})
        return True

    def _confirmation(
        self, request: HttpRequest, obj: Any, case_action: CaseAction, form: Form | None, back: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": case_action.label,
            "case_action": case_action,
            "effect": case_action.effect(obj) if case_action.effect else [],
            "form": form,
            "back": back,
            **self.confirmation_context(case_action, obj),
        }
        return render(request, "admin/core/case_action.html", context)

    def confirmation_context(self, case_action: CaseAction, obj: Any) -> dict[str, Any]:
        """More for a confirmation page; ``include`` names a template that is shown above the form."""
        return {}

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """The audit log of the case, in place of Django's log of edits."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": _("History of %(case)s") % {"case": obj},
            "case_history": told(target=obj, workflow=self.workflow),
        }
        return render(request, "admin/core/case_history.html", context)

    # The list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        # Django's own "Select … to view" tells nobody anything, least of all in Korean.
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered list as CSV or XLSX: whole, or not at all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        fmt = query.pop("format", ["csv"])[0]
        request.GET = query  # type: ignore[assignment]
        back = f"{reverse(f'admin:{self.opts.app_label}_{self.opts.model_name}_changelist')}?"
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect(f"{back}{ERROR_FLAG}=1")
        if fmt == "xlsx" and (count := found.count()) > XLSX_ROWS:
            messages.warning(request, _too_long(count))
            return redirect(back + query.urlencode())
        names: list[Any] = [name for name in self.export_fields or self.list_display if name != "__str__"]
        header = [label_for_field(name, self.model, self) for name in names]
        rows = ([self._cell(name, row) for name in names] for row in found.iterator(chunk_size=2000))
        filename = self.opts.model_name or "list"
        if fmt == "xlsx":
            return export_response(fmt=fmt, filename=filename, header=header, rows=rows)
        return streamed_csv(filename=filename, header=header, rows=rows)

    def _cell(self, name: str, row: models.Model) -> Any:
        field, _attribute, value = lookup_field(name, row, self)
        if field is not None and field.choices:
            return dict(field.flatchoices).get(value, value)
        return value


def _too_long(count: int) -> str:
    text = _(
        "This list has %(count)s rows; as XLSX the portal writes at most %(limit)s. Nothing was left out: download it"
        " as CSV, which holds all rows and opens in Excel, or narrow it with the filters."
    )
    return text % {"count": f"{count:,}", "limit": f"{XLSX_ROWS:,}"}
