"""The files for running on servers: nothing floats, nothing is root, no secret is built in."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict] = COMPOSE["services"]
DOCKERFILE = [
    line.strip()
    for line in (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    if line.strip() and not line.strip().startswith("#")
]
OURS = {"web", "worker", "beat", "relay", "migrations"}
PINNED = re.compile(r"^[\w./-]+:\d+\.\d+\.?\d*[\w.-]*$")
REQUIRED = re.compile(r"\$\{\w+:\?[^}]+\}")
SECRETS = re.compile(r"SECRET|PASSWORD|EMAIL_URL|DATABASE_URL|REDIS_URL|CACHE_URL")
NOT_SECRET = {"POSTGRES_USER", "POSTGRES_DB"}


def instructions(name: str) -> list[str]:
    return [line.split(None, 1)[1] for line in DOCKERFILE if line.startswith(f"{name} ")]


def test_every_part_of_the_portal_has_a_service():
    assert set(SERVICES) == OURS | {"database", "broker"}


def test_every_base_image_is_pinned_to_a_patch_version():
    images = [line.split()[0] for line in instructions("FROM")]
    images += [service["image"] for name, service in SERVICES.items() if name not in OURS]
    stages = {line.split()[-1] for line in instructions("FROM")}

    assert [image for image in images if image not in stages and not PINNED.match(image)] == []


def test_the_image_has_several_stages_and_ends_as_an_ordinary_user():
    assert len(instructions("FROM")) >= 2
    last_stage = DOCKERFILE[max(i for i, line in enumerate(DOCKERFILE) if line.startswith("FROM ")) :]
    users = [line.split()[1] for line in last_stage if line.startswith("USER ")]
    assert users == ["portal"]
    assert not any(line.startswith(("RUN", "COPY")) for line in last_stage[last_stage.index("USER portal") :])


def test_python_packages_are_installed_by_hash():
    (install,) = [line for line in instructions("RUN") if "pip install" in line]

    assert "--require-hashes" in install


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_runs_as_root(name):
    assert SERVICES[name].get("user", "portal" if name in OURS else "root") not in {"root", "0", 0}
    assert not SERVICES[name].get("privileged")
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrations"}))
def test_every_lasting_service_has_a_health_check(name):
    check = SERVICES[name].get("healthcheck")
    if name == "web":
        assert any("/health/" in line for line in instructions("HEALTHCHECK"))
    else:
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        assert len(check["test"]) > 1


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_come_from_the_environment_and_have_no_default(name):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRETS.search(variable) and variable not in NOT_SECRET:
            assert REQUIRED.search(value), f"{variable} has a default"
    assert not re.search(r"\$\{\w*(SECRET|PASSWORD)\w*:?-", str(SERVICES[name]))


def test_cache_and_queue_are_different_databases_of_the_broker():
    urls = SERVICES["web"]["environment"]

    assert urls["REDIS_URL"].endswith("@broker:6379/0")
    assert urls["CACHE_URL"].endswith("@broker:6379/1")


def test_the_image_holds_no_secret():
    assert not any(SECRETS.search(line) for line in instructions("ENV") + instructions("ARG"))


def test_the_database_keeps_its_data_where_version_18_puts_it():
    assert SERVICES["database"]["image"].startswith("postgres:18.")
    assert "database:/var/lib/postgresql" in SERVICES["database"]["volumes"]


def test_the_database_sorts_as_the_embedded_one_does():
    arguments = SERVICES["database"]["environment"]["POSTGRES_INITDB_ARGS"]

    assert arguments.split() == ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]


@pytest.mark.parametrize("name", ["web", "beat", "database", "broker"])
def test_what_must_last_is_on_a_named_volume(name):
    volumes = [volume.split(":")[0] for volume in SERVICES[name]["volumes"]]

    assert set(volumes) & set(COMPOSE["volumes"])


def test_only_the_web_server_is_published_and_only_to_this_machine():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_only_the_migrations_know_the_owner_of_the_tables():
    knowing = {name for name, service in SERVICES.items() if "OWNER_PASSWORD" in str(service.get("environment"))}

    assert knowing == {"migrations", "database"}
    role = (ROOT / "deploy/postgres/10-application-role.sh").read_text()
    assert "TRUNCATE" not in role.replace("truncate", "")
    assert "SUPERUSER" not in role


def test_scripts_are_executable_and_parse():
    for name in (".ci/run", "deploy/postgres/10-application-role.sh"):
        script = ROOT / name
        assert script.stat().st_mode & 0o111, name
        shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
        assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0, name


def test_what_the_image_must_not_carry_is_left_out():
    ignored = set((ROOT / ".dockerignore").read_text().split())

    assert {".git", ".venv", "var", "node_modules", ".env"} <= ignored
