import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from market import selectors
from market.ocds.gate import NotPublishable


class Command(BaseCommand):
    """Write the open contracting data to files."""

    help = "Write release and record packages (OCDS 1.1) to a folder."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--out", required=True, type=Path, help="folder for releases.json and records.json")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["out"]
        folder.mkdir(parents=True, exist_ok=True)
        try:
            packages = {
                "releases.json": selectors.release_package(uri=f"{settings.SITE_URL}/ocds/releases.json"),
                "records.json": selectors.record_package(uri=f"{settings.SITE_URL}/ocds/records.json"),
            }
        except NotPublishable as error:
            raise CommandError(f"Nothing was written: {error}") from error
        for name, package in packages.items():
            (folder / name).write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n")
            count = len(package.get("releases", package.get("records", [])))
            self.stdout.write(f"{folder / name}: {count}")
