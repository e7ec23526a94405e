from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import selectors, services
from accounts.enums import PpsRole
from core.errors import DomainError
from core.workflow import SYSTEM


class Command(BaseCommand):
    """Give the first portal administrator the role; from then on roles are given in the admin."""

    help = "Give a PPS role to a person who has signed up: grant_staff_role EMAIL ROLE"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=PpsRole.values)

    def handle(self, *args: Any, **options: Any) -> None:
        person = selectors.person_by_email(email=options["email"])
        if person is None:
            raise CommandError("Nobody has signed up with this address.")
        try:
            services.grant_role(actor=SYSTEM, user_id=person.pk, role=options["role"], reason="set-up")
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{person.email}: {options['role']}")
