from typing import Any

from django.core.management.base import BaseCommand

from demo import world
from demo.people import DOMAIN, PASSWORD

ACCOUNTS = (
    ("supplier", "supplier: products, plans, deliveries, feedback", "/my/"),
    ("institution", "institution: applications, inspections, reports", "/my/"),
    ("institution2", "institution's officer, who asks the head for approval", "/my/"),
    ("head", "institution's approving head", "/my/"),
    ("designation", "PPS designation desk", "/admin/"),
    ("reviewer", "PPS review desk: rounds, plans, amount and scale", "/admin/"),
    ("matcher", "PPS matching desk", "/admin/"),
    ("contract", "PPS contract desk", "/admin/"),
    ("inspector", "PPS inspection desk: reports, verdicts", "/admin/"),
    ("approver", "PPS second person", "/admin/"),
    ("auditor", "auditor, reads everything", "/admin/"),
    ("admin", "PPS administration: organizations, roles", "/admin/"),
)


class Command(BaseCommand):
    """Print the sign-ins of the demonstration."""

    help = "Print a sign-in per role."

    def handle(self, *args: Any, **options: Any) -> None:
        if not world.exists():
            self.stdout.write("There is no demo here. Load it with: manage.py seed_demo")
            return
        self.stdout.write(f"Sign-ins of the demonstration, password {PASSWORD}:")
        for name, role, where in ACCOUNTS:
            self.stdout.write(f"  {name + '@' + DOMAIN:<28} {role:<50} {where}")
