#!/usr/bin/env python
"""Django's command line; starts the embedded services for commands that need them."""

import os
import sys

from django.core.management import execute_from_command_line

from core import embedded

PROFILES: dict[str, embedded.Profile] = {"config.settings.dev": "dev", "config.settings.test": "test"}
# These read and write files only. They must work where no service can run.
WITHOUT_SERVICES = {
    "audit_matching",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "solve_matching",
    "startapp",
    "startproject",
    "version",
}


def main(arguments: list[str]) -> int:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    profile = PROFILES.get(os.environ["DJANGO_SETTINGS_MODULE"])
    if profile and needs_services(arguments[1:]):
        try:
            embedded.ensure(profile)
        except embedded.EmbeddedError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    execute_from_command_line(arguments)
    return 0


def needs_services(arguments: list[str]) -> bool:
    """Tell whether a command line talks to the database or the broker."""
    if not arguments or {"--help", "-h", "--version"} & set(arguments):
        return False
    if arguments[0] == "check":
        return "--database" in arguments
    return arguments[0] not in WITHOUT_SERVICES


if __name__ == "__main__":
    sys.exit(main(sys.argv))
