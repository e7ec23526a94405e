"""The command line: what starts services, what is refused, and how."""

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import manage

ROOT = Path(__file__).resolve().parents[2]
NO_SERVICES = {"PG_BIN_DIR": "/nonexistent", "DATABASE_URL": "", "REDIS_URL": ""}


def dev(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "tools/dev.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "MAKELEVEL": "", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "line",
    ["solve_matching in.json --out out.json", "audit_matching in.json out.json", "help", "check", "migrate --help"],
)
def test_commands_that_only_read_files_start_no_services(line):
    assert not manage.needs_services(line.split())


@pytest.mark.parametrize("line", ["migrate", "runserver", "seed_demo", "verify_ledger", "check --database default"])
def test_commands_that_read_the_database_start_the_services(line):
    assert manage.needs_services(line.split())


def test_an_audit_works_where_no_database_can_be_started(tmp_path):
    answer = subprocess.run(
        [sys.executable, "manage.py", "audit_matching", str(tmp_path / "none.json"), str(tmp_path / "none.json")],
        cwd=ROOT,
        env={**os.environ, **NO_SERVICES, "DJANGO_SETTINGS_MODULE": "config.settings.dev"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "PG_BIN_DIR" not in answer.stderr
    assert answer.returncode in {1, 2}


def test_a_port_that_is_taken_is_said_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = dev("run", PORT=str(port))

    assert answer.returncode == 1
    # Where the portal runs already, that is what is said.
    assert f"Choose another: make run PORT={port + 1}" in answer.stderr or "is running already" in answer.stderr


def test_a_port_that_is_none_is_refused():
    answer = dev("run", PORT="http")

    assert answer.returncode == 1
    assert "PORT=http is not a port number" in answer.stderr or "is running already" in answer.stderr


def test_an_unknown_command_lists_the_known_ones():
    answer = dev("serve")

    assert answer.returncode == 2
    assert all(name in answer.stderr for name in ("setup", "run", "test", "check", "bench"))


def test_the_entry_point_can_be_read_by_an_old_python():
    """So that an old one says what is needed instead of a syntax error."""
    assert ast.parse((ROOT / "tools" / "dev.py").read_text(), feature_version=(3, 7))
