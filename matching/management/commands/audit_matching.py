"""Audit one matching result against its instance, without database or services."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from matching.audit.auditor import main


class Command(BaseCommand):
    help = "Checks a pilot-matching-result/1 file against its instance: rules, objective, bound and reasons."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("instance", help="pilot-matching/1 file; .gz is unzipped")
        parser.add_argument("result", help="pilot-matching-result/1 file; .gz is unzipped")

    def handle(self, *args: object, **options: Any) -> None:
        status = main([options["instance"], options["result"]], self.stdout.write, self.stderr.write)
        if status:
            raise SystemExit(status)
