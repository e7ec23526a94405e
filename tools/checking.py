"""`make check`, `make test` and `make bench`."""

import os
import secrets
import shlex
import subprocess
import time

from preparation import ENVIRONMENT, PYTHON
from shell import ROOT, Refused, call, say

BIN = ENVIRONMENT / "bin"
APPS = ["core", "accounts", "products", "pilots", "matching", "feedback", "overseas", "market", "demo"]
TEST = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Return every check: its name, its command, its environment; the quick ones first."""
    python, manage = str(PYTHON), [str(PYTHON), "manage.py"]
    present = [name for name in [*APPS, "config", "tools"] if (ROOT / name).is_dir()]
    return [
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], {}),
        ("lint", [str(BIN / "ruff"), "check", "--quiet", "."], {}),
        ("import contracts", [str(BIN / "lint-imports"), "--no-cache"], {}),
        ("types", [str(BIN / "mypy"), "--no-error-summary", "manage.py", *present], {}),
        ("templates", [str(BIN / "djlint"), "templates", "--lint", "--quiet"], {}),
        ("missing migrations", [*manage, "makemigrations", "--check", "--dry-run", "--verbosity", "1"], TEST),
        *_migration_lint(manage),
        ("deployment settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"], _production()),
        ("catalogues", [python, "tools/catalogues.py", "check"], {}),
    ]


def _migration_lint(manage: list[str]) -> list[tuple[str, list[str], dict[str, str]]]:
    """Lint the migrations since the last release: before it there is no running version that they could break."""
    git = ["git", "describe", "--tags", "--abbrev=0"]
    answer = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return []
    lint = ["lintmigrations", "--git-commit-id", answer.stdout.strip(), "--quiet", "ok", "ignore"]
    return [("safe migrations", [*manage, *lint, "--include-apps", *APPS], TEST)]


def _production() -> dict[str, str]:
    """Return what a production machine would have in its environment; nothing of it is contacted."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "portal.example",
        "DATABASE_URL": "postgres://portal:portal@db.example/portal",
        "REDIS_URL": "redis://broker.example:6379/0",
        "EMAIL_URL": "smtp+tls://portal:portal@mail.example:587",
    }


def check() -> int:
    """Run all checks, whatever fails, and name what did."""
    failed = []
    for name, command, environment in checks():
        started = time.monotonic()
        passed = call(command, env=environment) == 0
        say(f"{'ok    ' if passed else 'FAILED'} {name} ({time.monotonic() - started:.1f} s)")
        if not passed:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "Everything passed.")
    return 1 if failed else 0


def test(arguments: list[str]) -> int:
    """Run the tests, one process a core; words from the command line and from ARGS go to pytest."""
    wanted = [*shlex.split(os.environ.get("ARGS", "")), *arguments]
    spread = [] if wanted else ["-n", "auto", "--dist", "loadfile"]
    return call([str(BIN / "pytest"), *spread, *wanted])


def bench(arguments: list[str]) -> int:
    """Run the benchmark that the first word names, the matching one without a name; further words go to it."""
    words = list(arguments)
    name = words.pop(0) if words and not words[0].startswith("-") else "matching"
    known = sorted(path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py"))
    if name not in known:
        raise Refused(f"There is no benchmark {name}; there are {', '.join(known)}.")
    return call([str(PYTHON), "-m", f"benchmarks.bench_{name}", *words])
