"""What people upload: proven by content, kept under names of ours, handed out without surprises."""

import errno
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import uploads
from core.errors import UploadRefused
from core.models import StoredFile
from core.storage import PrivateStorage
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def office(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def kept(name: str, content: bytes):
    return uploads.store_upload(actor=UserFactory(), upload=SimpleUploadedFile(name, content), purpose="tests.file")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("program.exe", b"MZ\x90\0"),
        ("page.pdf", b"<script>alert(1)</script>" + PDF),
        ("page.png", b"<html>" + PNG),
        ("picture.pdf", PNG),
        ("letter.docx", b"PK\x03\x04 cut off"),
        ("letter.docx", office("xl/workbook.xml")),
        ("letter.docx", office("word/document.xml", "word/vbaProject.bin")),
        ("empty.pdf", b""),
        ("noname", PDF),
    ],
)
def test_what_is_not_what_it_says_or_could_run_is_refused(name, content):
    with pytest.raises(UploadRefused):
        kept(name, content)


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "..\\..\\boot.pdf", "/etc/cron.d/job.pdf"])
def test_a_name_with_a_path_never_becomes_one(name, settings):
    stored = kept(name, PDF)

    assert stored.file.name == f"{stored.pk.hex[:2]}/{stored.pk.hex}"
    assert "/" not in stored.original_name


def test_a_file_that_is_too_large_is_refused_in_megabytes(settings):
    settings.UPLOAD_MAX_BYTES = 2**20

    with pytest.raises(UploadRefused, match="1"):
        kept("large.pdf", PDF + b"0" * 2**20)


def test_a_file_goes_out_to_its_owner_only_and_never_as_a_page(client):
    stored = kept('quote".pdf', PDF)
    assert client.get(f"/files/{stored.pk}/").status_code == 404
    client.force_login(UserFactory())
    assert client.get(f"/files/{stored.pk}/").status_code == 404
    client.force_login(stored.uploaded_by)

    answer = client.get(f"/files/{stored.pk}/")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert b"".join(answer) == PDF
    answer.close()


def test_an_office_file_is_saved_rather_than_opened(client):
    stored = kept("letter.docx", office("word/document.xml"))
    client.force_login(stored.uploaded_by)

    answer = client.get(f"/files/{stored.pk}/")

    assert answer["Content-Disposition"].startswith("attachment")
    answer.close()


def test_a_full_disk_keeps_the_form_and_says_so_at_the_file(monkeypatch):
    def full(_storage, _name, _content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PrivateStorage, "_save", full)
    upload = SimpleUploadedFile("계획.pdf", b"%PDF-1.7 plan")

    staged = uploads.stage_uploads(actor=UserFactory(), files=[upload], purpose="test")

    assert (staged.files, len(staged.errors)) == ([], 1)
    assert staged.errors[0].startswith("“계획.pdf” 파일을 지금 저장할 수 없습니다")
    assert not StoredFile.objects.exists()
