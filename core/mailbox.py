"""Mail on a developer's machine: written to files, shown on a page."""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the page shows it."""

    sent_at: datetime
    recipient: str
    subject: str
    body: str


def mails(limit: int = 100, recipient: str = "") -> list[Mail]:
    """The newest mails, newest first, optionally of one recipient."""
    folder = Path(settings.MAIL_DIR)
    files = sorted(folder.glob("*.log"), key=lambda p: p.stat().st_mtime, reverse=True) if folder.is_dir() else []
    found: list[Mail] = []
    for path in files:
        found += [mail for mail in _read(path) if recipient.lower() in mail.recipient.lower()]
        if len(found) >= limit:
            break
    return sorted(found, key=lambda mail: mail.sent_at, reverse=True)[:limit]


def _read(path: Path) -> list[Mail]:
    stamp = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    parts = path.read_bytes().split(b"-" * 79 + b"\n")
    return [_mail(part, stamp) for part in parts if part.strip()]


def _mail(raw: bytes, stamp: datetime) -> Mail:
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    body = parsed.get_body(("plain",))
    return Mail(stamp, str(parsed["To"]), str(parsed["Subject"]), str(body.get_content()) if body else "")
