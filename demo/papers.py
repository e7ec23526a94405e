"""Attachments of the invented world: one-page PDF files that say what they are."""

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from core.uploads import store_upload


def pdf(line: str) -> bytes:
    """A one-page PDF with one line of plain Latin text."""
    stream = f"BT /F1 14 Tf 60 760 Td ({line}) Tj ET".encode("ascii")
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count, start = len(bodies) + 1, len(out)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        table,
        count,
        start,
    )


def stored(actor: User, *, name: str, line: str, purpose: str) -> str:
    """Upload one as a person would; returns the identifier of the file."""
    upload = SimpleUploadedFile(name, pdf(line), content_type="application/pdf")
    return str(store_upload(actor=actor, upload=upload, purpose=purpose).pk)
