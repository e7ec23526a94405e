from core.models.audit import AuditEntry, Seal
from core.models.calendar import CalendarException
from core.models.drafts import FormDraft
from core.models.files import StoredFile
from core.models.notifications import Notification, NotificationPreference, Rhythm
from core.models.numbering import Counter
from core.models.outbox import OutboxMessage
from core.models.receipts import Receipt

__all__ = [
    "AuditEntry",
    "CalendarException",
    "Counter",
    "FormDraft",
    "Notification",
    "NotificationPreference",
    "OutboxMessage",
    "Receipt",
    "Rhythm",
    "Seal",
    "StoredFile",
]
