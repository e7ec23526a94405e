from typing import Any

from django.core.management.base import BaseCommand

from demo import world
from demo.scale import SCALES


class Command(BaseCommand):
    """Load the invented world; a second call changes nothing."""

    help = "Load invented but plausible demo data. Idempotent."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--scale", choices=sorted(SCALES), default="demo")

    def handle(self, *args: Any, **options: Any) -> None:
        if world.exists():
            self.stdout.write("The demo is there already; nothing was changed.")
            return
        self.stdout.write(f"Loading the demo ({options['scale']}): invented people, companies and amounts.")
        world.build(options["scale"], tell=self.stdout.write)
