"""Solve one matching instance from file to file, without database or services."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from matching.engine import InvalidInstance, solve
from matching.engine.files import read_content, write_content
from matching.engine.steps import GAP_PPM


def at_least(least: int) -> Any:
    """A whole number of an option, refused below `least`."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is below {least}")
        return value

    return number


class Command(BaseCommand):
    help = "Solves a pilot-matching/1 instance and writes a pilot-matching-result/1 file (docs/matching.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("instance", type=Path, help="pilot-matching/1 file; .gz is unzipped")
        parser.add_argument("--out", type=Path, required=True, help="where the result goes; .gz is zipped")
        parser.add_argument("--workers", type=at_least(1), default=1, help="processes; the result is the same")
        parser.add_argument("--gap-ppm", type=at_least(0), default=GAP_PPM, help="stop the solver at this gap")
        parser.add_argument("--fast", action="store_true", help="the price method alone")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            content = read_content(options["instance"])
            result = solve(
                content,
                gap_ppm=options["gap_ppm"],
                fast=options["fast"],
                workers=options["workers"],
                progress=self._tell,
            )
            write_content(options["out"], result.content)
        except InvalidInstance as invalid:
            self._refuse(invalid.faults)
        except OSError as error:
            self._refuse([f"{error.filename}: {error.strerror}"])
        self.stdout.write(
            f"objective={result.objective} bound={result.bound} gap_ppm={result.gap_ppm} "
            f"solver_gap_ppm={result.solver_gap_ppm} spent_krw={result.spent_krw}"
        )

    def _tell(self, stage: str, done: int, total: int, gap_ppm: int | None) -> None:
        gap = "" if gap_ppm is None else f" gap_ppm={gap_ppm}"
        self.stderr.write(f"{stage} {done}/{total}{gap}")

    def _refuse(self, faults: list[str]) -> None:
        for fault in faults:
            self.stderr.write(fault)
        raise SystemExit(2)
