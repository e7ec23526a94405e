"""Uploads: type by content, size limits, random names outside the web root, reading only through a check.

A file is stored before its form is judged, so a failed form never loses it. Files that no case takes are dropped after
a week.
"""

import hashlib
import logging
import socket
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.audit import record
from core.errors import NotPermitted, UploadRefused
from core.models import StoredFile

log = logging.getLogger(__name__)

# Extension -> content type sent on download. What is not here is not taken.
KNOWN_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "hwp": "application/x-hwp",
    "hwpx": "application/hwp+zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "zip": "application/zip",
    "mp4": "video/mp4",
}
_ZIP_MARKS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "hwpx": "Contents/"}
# An Office file that runs programs, under a name that says it does not.
_MACROS = "vbaProject.bin"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KEPT_UNATTACHED = timedelta(days=7)

READERS: dict[str, Callable[[Any, str], bool]] = {}


@dataclass(frozen=True, slots=True)
class StagedFiles:
    """What arrived with a form: the files that are kept, and one message for each that was refused."""

    files: list[StoredFile] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [str(stored.pk) for stored in self.files]


def register_reader(target_type: str, rule: Callable[[Any, str], bool]) -> None:
    """Say who may read the files of ``target_type`` (``products.product``): ``rule(actor, target_id)``."""
    READERS[target_type] = rule


def sniff(upload: UploadedFile[Any]) -> str:
    """The extension that the content proves, without a dot.

    Raises:
        UploadRefused: the content is of no kind the portal takes, or contradicts the name.
    """
    claimed = (upload.name or "").rsplit(".", 1)[-1].lower()
    if claimed not in KNOWN_TYPES:
        raise UploadRefused(
            _("“%(name)s” is not a kind of file the portal takes. Save it as PDF, HWP(X), an Office file or an image.")
            % {"name": upload.name}
        )
    head = upload.read(8192)
    upload.seek(0)
    proven = _proven(claimed, head, upload)
    upload.seek(0)
    if proven != claimed and {proven, claimed} != {"jpg", "jpeg"}:
        raise UploadRefused(
            _("The content of “%(name)s” does not match its name. Export the file again and upload that.")
            % {"name": upload.name}
        )
    return claimed


def _proven(claimed: str, head: bytes, upload: UploadedFile[Any]) -> str:
    if claimed == "hwp":
        return "hwp" if head.startswith((_OLE_MAGIC, b"HWP Document File")) else ""
    if claimed in _ZIP_MARKS or claimed == "zip":
        try:
            with zipfile.ZipFile(upload) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, ValueError, OSError):
            return ""
        if claimed != "zip" and any(name.endswith(_MACROS) for name in names):
            raise UploadRefused(
                _("“%(name)s” contains macros. Save it without macros, or as PDF, and upload that.")
                % {"name": upload.name}
            )
        mark = _ZIP_MARKS.get(claimed)
        return claimed if mark is None or any(name.startswith(mark) for name in names) else ""
    kind = filetype.guess(head)
    return str(kind.extension) if kind else ""


def store_upload(*, actor: Any, upload: UploadedFile[Any], purpose: str) -> StoredFile:
    """Keep one upload, unattached.

    Raises:
        UploadRefused: too large, empty, of the wrong kind, the virus scanner objects, or the disk is full.
    """
    limit = settings.UPLOAD_MAX_BYTES
    if not upload.size:
        raise UploadRefused(_("“%(name)s” is empty. Check the file and upload it again.") % {"name": upload.name})
    if upload.size > limit:
        raise UploadRefused(
            _("“%(name)s” is larger than %(limit)s MB. Make it smaller or split it.")
            % {"name": upload.name, "limit": limit // 2**20}
        )
    extension = sniff(upload)
    import_string(settings.UPLOAD_SCANNER)(upload)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    stored = StoredFile(
        original_name=(upload.name or "file")[-255:],
        content_type=KNOWN_TYPES[extension],
        size_bytes=upload.size,
        sha256=digest.hexdigest(),
        purpose=purpose,
        uploaded_by=actor,
    )
    try:
        stored.file.save("", upload, save=False)
    except OSError as error:
        log.exception("an upload could not be written")
        raise UploadRefused(
            _("“%(name)s” could not be stored just now. Your text is kept: send the file again later, or tell PPS.")
            % {"name": upload.name}
        ) from error
    stored.save(force_insert=True)
    return stored


def stage_uploads(
    *, actor: Any, files: Iterable[UploadedFile[Any]], kept: Sequence[str] = (), purpose: str
) -> StagedFiles:
    """Store what arrived with a form, together with what an earlier attempt of the same person stored.

    Args:
        files: the new uploads.
        kept: identifiers that the failed form carried along; foreign or attached ones are ignored.
        purpose: code of the field, for example ``pilots.plan``.
    """
    staged = StagedFiles()
    valid = [key for key in kept if _is_uuid(key)]
    staged.files.extend(
        StoredFile.objects.filter(pk__in=valid, uploaded_by=actor, target_type="").order_by("uploaded_at")
    )
    for upload in files:
        try:
            staged.files.append(store_upload(actor=actor, upload=upload, purpose=purpose))
        except UploadRefused as error:
            staged.errors.append(str(error))
    return staged


def _is_uuid(text: str) -> bool:
    stripped = text.replace("-", "")
    return len(stripped) == 32 and all(c in "0123456789abcdef" for c in stripped.lower())


@transaction.atomic
def attach_files(
    *, actor: Any, file_ids: Sequence[str], target: models.Model, purpose: str = "", is_public: bool = False
) -> list[StoredFile]:
    """Give staged files of the actor to a case.

    Raises:
        NotPermitted: a file belongs to somebody else or to another case.
    """
    rows = list(StoredFile.objects.select_for_update(of=("self",)).filter(pk__in=file_ids))
    label, key = target._meta.label_lower, str(target.pk)
    for row in rows:
        if (row.target_type, row.target_id) == (label, key):
            continue
        if row.target_type or row.uploaded_by_id != actor.pk:
            raise NotPermitted
        row.target_type, row.target_id, row.is_public = label, key, is_public
        row.purpose = purpose or row.purpose
        row.save(update_fields=["target_type", "target_id", "purpose", "is_public"])
    return rows


def files_of(*, target: models.Model, purpose: str | None = None) -> QuerySet[StoredFile]:
    """The files of a case, oldest first."""
    rows = StoredFile.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))
    if purpose is not None:
        rows = rows.filter(purpose=purpose)
    return rows.order_by("uploaded_at", "pk")


def purposes_of(*, targets: Sequence[models.Model]) -> dict[str, set[str]]:
    """What kinds of file each of several cases of one model has, by its identifier, in one query."""
    found: dict[str, set[str]] = {str(target.pk): set() for target in targets}
    if targets:
        rows = StoredFile.objects.filter(target_type=targets[0]._meta.label_lower, target_id__in=found)
        for target_id, purpose in rows.values_list("target_id", "purpose"):
            found[target_id].add(purpose)
    return found


@transaction.atomic
def detach_file(*, actor: Any, file_id: str, target: models.Model) -> None:
    """Take a file off a case (the caller has checked that the actor may change it). The content stays a week."""
    row = files_of(target=target).select_for_update(of=("self",)).filter(pk=file_id).first()
    if row is None:
        return
    record(actor=actor, verb="detach_file", target=target, details={"file": str(row.pk), "sha256": row.sha256})
    row.target_type, row.target_id, row.is_public = "", "", False
    row.save(update_fields=["target_type", "target_id", "is_public"])


def may_read(actor: Any, stored: StoredFile) -> bool:
    """Default deny: public files, one's own unattached ones, and what the case's reader rule allows."""
    if stored.is_public:
        return True
    if not actor.is_authenticated:
        return False
    if not stored.target_type:
        return bool(stored.uploaded_by_id == actor.pk)
    rule = READERS.get(stored.target_type)
    return bool(rule and rule(actor, stored.target_id))


def readable(*, actor: Any, file_id: Any) -> StoredFile | None:
    """The file, or None where it does not exist for this person."""
    stored = StoredFile.objects.filter(pk=file_id).first()
    return stored if stored is not None and may_read(actor, stored) else None


def drop_orphans() -> int:
    """Delete files that no case took within a week; returns how many."""
    old = StoredFile.objects.filter(target_type="", uploaded_at__lt=timezone.now() - KEPT_UNATTACHED)
    count = 0
    for row in old.iterator():
        row.file.delete(save=False)
        row.delete()
        count += 1
    return count


def no_scanner(upload: UploadedFile[Any]) -> None:
    """The scanner of a machine without one: takes everything."""


def clamav(upload: UploadedFile[Any]) -> None:
    """Ask ClamAV over its socket (``CLAMAV_ADDRESS``, ``host:port``) with the INSTREAM command.

    Raises:
        UploadRefused: the scanner found something, or cannot be reached.
    """
    host, port = settings.CLAMAV_ADDRESS.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=20) as link:
            link.sendall(b"zINSTREAM\0")
            for chunk in upload.chunks(64 * 1024):
                link.sendall(len(chunk).to_bytes(4, "big") + chunk)
            link.sendall(b"\0\0\0\0")
            answer = link.recv(4096).decode(errors="replace")
    except OSError as error:
        log.warning("virus scanner not reachable: %s", error)
        raise UploadRefused(
            _("Files cannot be checked for viruses at the moment. Try again in a few minutes.")
        ) from error
    finally:
        upload.seek(0)
    if "FOUND" in answer:
        raise UploadRefused(_("“%(name)s” contains a virus and was not stored.") % {"name": upload.name})
