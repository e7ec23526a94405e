from django.core.files.storage import FileSystemStorage


class PrivateStorage(FileSystemStorage):
    """Files outside the web root (``MEDIA_ROOT``), without an address; a view hands them out after a check."""

    def url(self, name: str | None) -> str:
        raise NotImplementedError("Uploads have no address; link to the view core:file.")
