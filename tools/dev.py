#!/usr/bin/env python3
"""The project's commands: `python3 tools/dev.py setup|run|test|check|bench`. The Makefile is a line around each.

This file is read by any Python 3, to be able to complain about an old one. It needs nothing but Python with pip and
venv: it makes the environment in .venv and goes on inside it.
"""

import argparse
import importlib
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
COMMANDS = {
    "setup": "environment, packages, assets, catalogues, database; repeats quickly",
    "run": "set up, then serve the portal; loads the demonstration on first start",
    "test": "set up, then run the tests; further words go to pytest",
    "check": "formatting, lint, types, import contracts, templates, migrations, catalogues",
    "bench": "a benchmark, matching or the one named; further words go to it",
}


def main() -> "int | str":
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        wish = "make {} PYTHON=python3.11".format(" ".join(sys.argv[1:2]))
        return f"Python 3.11 or newer is needed; this is {found}. Try: {wish}"
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    parser = argparse.ArgumentParser(prog="dev.py", description="Set up, run, test and check the portal.")
    parser.add_argument("command", choices=COMMANDS, metavar="command", help=", ".join(COMMANDS))
    parser.epilog = " · ".join(f"{name}: {what}" for name, what in COMMANDS.items())
    options, rest = parser.parse_known_args()
    return int(importlib.import_module("commands").run(options.command, rest))


if __name__ == "__main__":
    sys.exit(main())
