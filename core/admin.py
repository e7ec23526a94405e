from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.casework import CaseAction, CaseAdmin
from core.models import AuditEntry, CalendarException, OutboxMessage, Receipt, Seal, StoredFile

__all__ = ["CaseAction", "CaseAdmin"]

if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(AuditEntry)
class AuditEntryAdmin(CaseAdmin):
    shows_id = True
    list_display = ["happened_at", "actor_label", "verb", "target_type", "target_label", "before", "after"]
    list_filter = ["target_type", "verb", "happened_at"]
    search_fields = ["actor_label", "target_label", "target_id", "reason"]
    ordering = ["-id"]


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
