from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import history, outbox, selectors
from core.casework import CaseAction, CaseAdmin, CaseLink
from core.models import AuditEntry, CalendarException, OutboxMessage, Receipt, Seal, StoredFile

__all__ = ["CaseAction", "CaseAdmin", "CaseLink"]

if admin.site.is_registered(Group):
    admin.site.unregister(Group)


def _code(name: str, label: Any) -> Any:
    """A column of what the log keeps, beside the one in words."""

    def shown(entry: AuditEntry) -> Any:
        return getattr(entry, name)

    return admin.display(description=label)(shown)


class KindFilter(admin.SimpleListFilter):
    """By what the cases are called."""

    title = _("kind of case")
    parameter_name = "kind"

    def lookups(self, _request: Any, _model_admin: Any) -> list[tuple[str, Any]]:
        kinds = selectors.kinds_in_the_log()
        return sorted(((kind, history.kind_of_case(target_type=kind)) for kind in kinds), key=lambda row: str(row[1]))

    def queryset(self, _request: Any, queryset: Any) -> Any:
        return queryset.filter(target_type=self.value()) if self.value() else queryset


class VerbFilter(admin.SimpleListFilter):
    """By what happened, once it is known to what: each lifecycle has actions of its own."""

    title = _("action")
    parameter_name = "did"

    def lookups(self, request: Any, _model_admin: Any) -> list[tuple[str, Any]]:
        kind = request.GET.get("kind", "")
        words = history.verbs_of(target_type=kind)
        return [(verb, words.get(verb, verb)) for verb in selectors.verbs_in_the_log(target_type=kind)] if kind else []

    def queryset(self, _request: Any, queryset: Any) -> Any:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(CaseAdmin):
    shows_id = True
    list_display = ["happened_at", "who", "did", "kind", "target_label", "was", "became"]
    export_fields = [
        "id", "happened_at", "actor_label", "did", "kind", "target_label", "was", "became", "reason",
        _code("verb", _("action (code)")), _code("target_type", _("kind of case (code)")), "target_id",
        _code("before", _("state before (code)")), _code("after", _("state after (code)")),
    ]  # fmt: skip
    list_filter = [KindFilter, VerbFilter, "happened_at"]
    search_fields = ["actor_label", "target_label", "target_id", "reason"]
    ordering = ["-id"]
    change_form_template = "admin/core/audit_entry.html"

    @admin.display(description=_("actor at the time"), ordering="actor_label")
    def who(self, entry: AuditEntry) -> Any:
        return history.in_words(entry=entry).actor_label

    @admin.display(description=_("action"), ordering="verb")
    def did(self, entry: AuditEntry) -> Any:
        return history.in_words(entry=entry).verb

    @admin.display(description=_("kind of case"), ordering="target_type")
    def kind(self, entry: AuditEntry) -> Any:
        return history.kind_of_case(target_type=entry.target_type)

    @admin.display(description=_("state before"), ordering="before")
    def was(self, entry: AuditEntry) -> Any:
        return history.in_words(entry=entry).before or None

    @admin.display(description=_("state after"), ordering="after")
    def became(self, entry: AuditEntry) -> Any:
        return history.in_words(entry=entry).after or None

    def case_context(self, request: HttpRequest, obj: AuditEntry) -> dict[str, Any]:
        """The entry in words, with a way to its case where the reader may open it."""
        case = history.case_of(entry=obj)
        opens = case is not None and self._opens(request, case)
        url = f"admin:{case._meta.app_label}_{case._meta.model_name}_change" if case is not None else ""
        return {
            "told": history.in_words(entry=obj),
            "kind": history.kind_of_case(target_type=obj.target_type),
            "case_url": reverse(url, args=[case.pk]) if case is not None and opens else "",
        }


@admin.register(Seal)
class SealAdmin(CaseAdmin):
    shows_id = True
    list_display = ["chain", "position", "row_id", "sealed_at", "chain_hash"]
    list_filter = ["chain"]
    ordering = ["-id"]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(CaseAdmin):
    list_display = ["task", "created_at", "sent_at", "done_at", "failed_at", "send_count", "attempts"]
    list_filter = ["task", ("failed_at", admin.EmptyFieldListFilter), ("done_at", admin.EmptyFieldListFilter)]
    search_fields = ["task", "last_error"]
    ordering = ["-created_at"]
    id_argument = "message_id"
    case_actions = [
        CaseAction(
            name="send-again",
            label=_("Send again"),
            service=outbox.send_again,
            roles=["admin"],
            visible=lambda _actor, message: message.failed_at is not None,
            confirm=_(
                "Mend the cause first: the last error stands on the message. It is then tried as often as a new one."
            ),
        ),
    ]


@admin.register(CalendarException)
class CalendarExceptionAdmin(CaseAdmin):
    add_roles = ["admin"]
    editable_fields = ["day", "is_working", "name"]
    list_display = ["day", "name", "is_working"]
    ordering = ["-day"]


@admin.register(Receipt)
class ReceiptAdmin(CaseAdmin):
    list_display = ["number", "kind", "title", "issued_at"]
    search_fields = ["title", "id"]
    list_filter = ["kind"]
    ordering = ["-id"]


@admin.register(StoredFile)
class StoredFileAdmin(CaseAdmin):
    list_display = ["original_name", "purpose", "content_type", "size_bytes", "uploaded_at"]
    list_filter = ["purpose", "content_type"]
    search_fields = ["original_name", "sha256"]
    ordering = ["-uploaded_at"]
