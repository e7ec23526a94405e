from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.lifecycle_docs import pages


class Command(BaseCommand):
    """Write one page per lifecycle to ``docs/lifecycles/`` from the tables in the code."""

    help = "Write docs/lifecycles/ from the workflow tables."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs" / "lifecycles"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = pages()
        for stale in folder.glob("*.md"):
            if stale.name not in wanted:
                stale.unlink()
        for name, text in wanted.items():
            (folder / name).write_text(text)
        self.stdout.write(f"{len(wanted)} pages in docs/lifecycles/")
