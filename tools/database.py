"""Prepare the database within one start of Django: migrations, and the demonstration where there are no users."""

import argparse
import gc
import io
import logging
import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
SIGN_INS = ROOT / "var" / "sign-ins.txt"
# Stands while the demonstration is loaded: one that was interrupted is taken up again, although there are users.
UNFINISHED = ROOT / "var" / "stamps" / "demo-unfinished"


def load_demonstration() -> None:
    """Fill a database without users, and only such a one."""
    if UNFINISHED.exists() or not apps.get_model(settings.AUTH_USER_MODEL)._default_manager.exists():
        UNFINISHED.parent.mkdir(parents=True, exist_ok=True)
        UNFINISHED.touch()
        call_command("seed_demo")
        UNFINISHED.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description="Apply migrations and, with --demo, load the demonstration once.")
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    sys.path.insert(0, str(ROOT))
    django.setup()
    logging.getLogger("pgtrigger").setLevel(logging.WARNING)  # it tells of each of hundreds of triggers
    # Migrations make a great many models that refer to each other; looking for garbage among them takes a third of
    # the time at Python's usual pace.
    gc.set_threshold(100_000, 50, 1000)
    call_command("migrate", verbosity=0, interactive=False)
    if options.demo:
        load_demonstration()
        accounts = io.StringIO()
        call_command("demo_accounts", stdout=accounts)
        SIGN_INS.write_text(accounts.getvalue())


if __name__ == "__main__":
    main()
