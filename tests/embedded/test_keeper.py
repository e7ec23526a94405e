"""The services live as long as somebody uses them, and not a moment longer."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core import embedded
from core.embedded import binaries
from core.embedded.identity import Identity, database_identity
from core.embedded.places import LONGEST_SOCKET_PATH, places
from core.embedded.wire import query, valkey_answers
from tests.embedded.conftest import comes_true, ends, is_alive, may_become_somebody_else, processes_naming

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


def keeper_of(base: Path) -> int:
    (keeper,) = [pid for pid in processes_naming(str(base)) if "core.embedded.keeper" in command_of(pid)]
    return keeper


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def test_a_user_gets_a_database_and_a_broker_that_answer(user, base):
    first = user(database=True).joined()

    at = places("test", base=base)
    assert first.answer["urls"]["database_url"] == embedded.urls("test", base=base).database_url
    assert query(at.postgres_socket, "SHOW fsync", database="innovation_market") == [("off",)]
    assert valkey_answers(at.valkey_socket)


def test_sorting_and_trigrams_work_for_korean(user, base):
    user(database=True).joined()

    socket_path = places("test", base=base).postgres_socket
    query(socket_path, "CREATE EXTENSION pg_trgm")
    assert query(socket_path, "SELECT similarity('서울특별시', '서울시')") == [("0.25",)]
    words = query(socket_path, "SELECT word FROM unnest(ARRAY['하나', '가나', '나다']) AS word ORDER BY word")
    assert words == [("가나",), ("나다",), ("하나",)]


def test_only_the_owner_can_reach_the_sockets(user, base):
    user(database=True).joined()

    at = places("test", base=base)
    for directory in (at.run, at.postgres_run):
        assert directory.stat().st_mode & 0o777 == 0o700
    for socket_path in (at.postgres_socket, at.valkey_socket, at.keeper_socket):
        assert socket_path.stat().st_mode & 0o077 == 0


def test_two_users_share_one_keeper_even_when_they_start_at_once(user, base):
    users = [user(), user(), user()]
    servers = {each.joined().pid_of("valkey") for each in users}

    assert len(servers) == 1
    assert is_alive(keeper_of(base))


def test_the_last_user_stops_everything_within_two_seconds_or_so(user, base):
    first, second = user().joined(), user().joined()
    keeper, server = keeper_of(base), first.pid_of("valkey")

    first.end()
    assert not ends(server, within=2)
    second.end()

    assert ends(server, within=4)
    assert ends(keeper, within=4)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
def test_however_a_user_ends_nothing_is_left(user, base, number):
    only = user().joined()
    keeper, server = keeper_of(base), only.pid_of("valkey")

    only.end(number)

    assert ends(server)
    assert ends(keeper)
    assert not places("test", base=base).keeper_socket.exists()


def test_the_database_is_shut_down_cleanly_and_keeps_its_rows(user, base):
    first = user(database=True).joined()
    socket_path = places("test", base=base).postgres_socket
    query(socket_path, "CREATE TABLE kept AS SELECT 42 AS answer", database="innovation_market")
    server, keeper = first.pid_of("postgres"), keeper_of(base)
    first.end(signal.SIGKILL)
    assert ends(server)
    assert ends(keeper)
    assert "database system is shut down" in places("test", base=base).log("postgres").read_text()

    user(database=True).joined()

    assert query(socket_path, "SELECT answer FROM kept", database="innovation_market") == [("42",)]


def test_a_killed_database_comes_back_and_says_so(user, base):
    only = user(database=True).joined()

    os.kill(only.pid_of("postgres"), signal.SIGKILL)

    event = only.read()["event"]
    assert event.startswith("PostgreSQL stopped unexpectedly; restarted in ")
    assert query(places("test", base=base).postgres_socket, "SELECT 1") == [("1",)]


def test_a_killed_broker_comes_back_and_says_so(user, base):
    only = user().joined()

    os.kill(only.pid_of("valkey"), signal.SIGKILL)

    assert only.read()["event"].startswith("Valkey stopped unexpectedly; restarted in ")
    assert valkey_answers(places("test", base=base).valkey_socket)


def test_a_broker_that_dies_again_and_again_is_given_up(user, base):
    only = user().joined()
    pid = only.pid_of("valkey")
    log = places("test", base=base).log("valkey")

    os.kill(pid, signal.SIGKILL)
    only.read()
    log.parent.rename(log.parent.with_name("elsewhere"))  # from now on it cannot even open its log
    (second,) = [
        each for each in processes_naming(str(base)) if "keeper" not in command_of(each) and each != only.process.pid
    ]
    os.kill(second, signal.SIGKILL)

    assert only.read()["event"].startswith("Valkey cannot start: ")


def test_the_servers_go_when_the_keeper_is_killed(user, base):
    only = user(database=True).joined()
    servers = [only.pid_of("postgres"), only.pid_of("valkey")]

    os.kill(keeper_of(base), signal.SIGKILL)

    assert only.read() == {"event": None}
    assert all(ends(server) for server in servers)


def test_the_servers_go_when_the_keeper_is_killed_and_the_kernel_does_not_help(user, base):
    only = user(EMBEDDED_GUARD="1").joined()
    server, keeper = only.pid_of("valkey"), keeper_of(base)

    os.kill(keeper, signal.SIGKILL)

    assert ends(server)


def test_a_new_user_starts_anew_after_the_keeper_was_killed(user, base):
    first = user().joined()
    os.kill(keeper_of(base), signal.SIGKILL)
    assert ends(first.pid_of("valkey"))

    assert user().joined().pid_of("valkey") != first.pid_of("valkey")


def test_a_database_that_cannot_start_is_explained(user, base, tmp_path):
    refused = user(database=True, PG_BIN_DIR=str(tmp_path)).joined()

    assert refused.answer == {
        "error": f"PostgreSQL cannot start: PG_BIN_DIR={tmp_path} holds no PostgreSQL 17 or newer."
    }


def test_a_lock_file_left_by_a_machine_that_crashed_does_not_keep_the_database_from_starting(user, base):
    first = user(database=True).joined()
    first.end()
    assert ends(first.pid_of("postgres"))
    # After a reboot the number in the file belongs to something else: here, to this test.
    data = next(places("test", base=base).postgres_home.glob("pg[0-9]*"))
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    assert "error" not in user(database=True).joined().answer


@pytest.mark.skipif(not may_become_somebody_else(), reason="only root needs another user for the database")
def test_as_root_without_user_namespaces_the_database_runs_as_nobody(user, base, monkeypatch):
    monkeypatch.setenv("EMBEDDED_ROOT_MODE", "nobody")
    at = places("test", base=base)

    only = user(database=True).joined()

    assert Path(f"/proc/{only.pid_of('postgres')}").stat().st_uid == at.identity.uid
    assert at.postgres_home.stat().st_mode & 0o777 == 0o700
    assert query(at.postgres_socket, "SELECT 1") == [("1",)]
    server = only.pid_of("postgres")
    os.kill(keeper_of(base), signal.SIGKILL)
    assert ends(server)


def test_a_mode_that_does_not_exist_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDDED_ROOT_MODE", "everybody")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(embedded.EmbeddedError, match="must be userns, nobody or empty"):
        database_identity(tmp_path)


@pytest.mark.skipif(not may_become_somebody_else(), reason="only root needs another user for the database")
def test_programs_that_nobody_cannot_reach_are_copied_to_where_it_can(tmp_path):
    nobody = pwd.getpwnam("nobody")
    identity = Identity("nobody", uid=nobody.pw_uid, gid=nobody.pw_gid)
    original = binaries.find_postgres()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for name in (original.package.name, f"{original.package.name}.libs"):
        shutil.copytree(original.package.with_name(name), closed / name, symlinks=True)
    package = closed / original.package.name
    hidden = binaries.PostgresBinaries(package / "pginstall/bin", original.major, package)

    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        os.chown(home, identity.uid, identity.gid)
        found = binaries.reachable_by(identity, hidden, Path(home))
        said = subprocess.run(
            [found.program("initdb"), "--version"],
            capture_output=True,
            check=True,
            cwd="/",
            **identity.popen_arguments(),
        )

    assert found.directory.is_relative_to(home)
    assert b"PostgreSQL" in said.stdout


def test_a_long_path_gets_sockets_elsewhere(tmp_path):
    base = tmp_path / ("very" * 30)

    at = places("test", base=base)

    assert len(os.fsencode(at.postgres_socket)) <= LONGEST_SOCKET_PATH
    assert at == places("test", base=base)
    assert at.run != places("test", base=base.with_name("other" * 30)).run


def test_a_socket_directory_prepared_by_somebody_else_is_refused(user, base):
    if not may_become_somebody_else():
        pytest.skip("only root can prepare a directory of another user")
    base.mkdir()
    (base / "run").mkdir()
    os.chown(base / "run", 65534, 65534)

    assert "belongs to somebody else (uid 65534)" in user().joined().answer["error"]


def test_servers_named_in_the_environment_start_nothing(monkeypatch, base):
    monkeypatch.setenv("DATABASE_URL", "postgres://portal@db.invalid/portal")
    monkeypatch.setenv("REDIS_URL", "redis://cache.invalid:6379/0")

    services = embedded.ensure("test", base=base)

    services.close()
    assert services.database_url == "postgres://portal@db.invalid/portal"
    assert services.broker_url == "redis://cache.invalid:6379/0"
    assert not services.is_embedded
    assert not base.exists()


def test_only_the_broker_starts_where_the_database_is_elsewhere(user, base):
    only = user().joined()

    assert only.answer["urls"]["database_url"] == "postgres://nobody@db.invalid/none"
    assert only.answer["status"]["postgres"]["state"] == "idle"
    assert comes_true(lambda: valkey_answers(places("test", base=base).valkey_socket))
