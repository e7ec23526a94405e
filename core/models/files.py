import uuid

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def private_storage() -> Storage:
    """The storage outside the web root that holds every upload."""
    return storages["private"]


def random_path(instance: "StoredFile", filename: str) -> str:
    """A name that tells nothing: two letters of the identifier as folder, then the identifier."""
    name = instance.pk.hex
    return f"{name[:2]}/{name}"


class StoredFile(models.Model):
    """An upload: kept from the moment it arrives, attached to a case when the form is saved, read through a check."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(_("file"), storage=private_storage, upload_to=random_path, max_length=120)
    original_name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=100)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    purpose = models.CharField(_("purpose"), max_length=60)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    target_type = models.CharField(_("kind of case"), max_length=100, blank=True)
    target_id = models.CharField(_("case"), max_length=64, blank=True)
    is_public = models.BooleanField(_("is public"), default=False)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                name="storedfile_target_whole",
                condition=Q(target_type="", target_id="") | (~Q(target_type="") & ~Q(target_id="")),
            ),
        ]
        indexes = [models.Index(fields=["target_type", "target_id"], name="storedfile_case_idx")]

    def __str__(self) -> str:
        return self.original_name
