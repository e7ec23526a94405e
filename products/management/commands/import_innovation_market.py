from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from products import services
from products.enums import ImportOutcome
from products.errors import ImportFileInvalid
from products.models import word_remark

ORDER = (ImportOutcome.CREATED, ImportOutcome.UPDATED, ImportOutcome.UNCHANGED, ImportOutcome.REJECTED)


class Command(BaseCommand):
    help = "Reads the official list of innovative products (17 columns, .xlsx). A repeated run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: there is no such file")
        try:
            report = services.import_official_list(path=path, is_dry_run=options["dry_run"])
        except ImportFileInvalid as error:
            raise CommandError(str(error)) from error
        for row in report.rows:
            if row.remarks and row.outcome != ImportOutcome.UNCHANGED:
                remarks = " ".join(word_remark(remark.code, remark.params) for remark in row.remarks)
                self.stdout.write(f"row {row.number}: {row.outcome}: {row.label}: {remarks}")
        counts = ", ".join(f"{outcome} {report.count(outcome)}" for outcome in ORDER)
        self.stdout.write(f"{'would be: ' if report.is_dry_run else ''}{counts}")
