import json
import re
import subprocess

import pytest
from django.contrib.staticfiles import finders

from tests.architecture.sources import ROOT

import assets  # isort: skip
import maps  # isort: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A root with its own inputs and a package folder."""
    for name in assets.INPUTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_the_lock_file_names_no_registry():
    text = (ROOT / "package-lock.json").read_text()

    assert "resolved" not in text
    assert "http" not in text
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()


def test_every_package_is_pinned_to_one_version():
    packages = json.loads((ROOT / "package.json").read_text())["dependencies"]

    assert {name: v for name, v in packages.items() if not re.fullmatch(r"\d+\.\d+\.\d+", v)} == {}


def test_assets_are_made_again_only_when_an_input_changes(project):
    target = project / "var" / "assets"
    target.mkdir(parents=True)
    before = assets.is_current(project, target)
    (target / assets.STAMP).write_text(assets.fingerprint(project))
    stamped = assets.is_current(project, target)
    (project / "package-lock.json").write_text("changed")

    assert (before, stamped, assets.is_current(project, target)) == (False, True, False)


@pytest.mark.parametrize(("answer", "version"), [("10.8.2\n", 10), ("", 0), ("broken", 0)])
def test_the_version_of_npm_is_read(monkeypatch, answer, version):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, stdout=answer))

    assert assets.npm_version("npm") == version


def test_node_comes_as_a_wheel_where_npm_is_missing(monkeypatch):
    asked = []

    def run(command, **options):
        asked.append(command)
        return subprocess.CompletedProcess(command, 1 if len(asked) == 1 else 0)

    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    monkeypatch.setattr(subprocess, "run", run)

    command = assets.npm_command(ROOT)

    assert command[1:] == ["-c", assets.NPM_FROM_WHEEL]
    assert asked[1][-1] == str(ROOT / "requirements" / "node.txt")
    assert "--require-hashes" in asked[1]


def test_a_failed_install_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(assets, "npm_command", lambda root: ["npm"])
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1))

    with pytest.raises(assets.AssetsError, match="could not be fetched"):
        assets.install_packages(ROOT)


def test_admin_sizes_follow_the_root_size_of_krds():
    assert assets.scaled("a{font-size:0.875rem;margin:0 1rem;width:.5rem}") == (
        "a{font-size:1.4875rem;margin:0 1.7rem;width:0.85rem}"
    )


def test_a_ring_across_the_date_line_is_not_torn():
    assert maps.unwrap([(179.0, 0.0), (-179.0, 1.0), (178.0, 2.0)]) == [(179.0, 0.0), (181.0, 1.0), (178.0, 2.0)]


def test_a_country_is_drawn_from_its_arcs():
    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [[[0, 0], [10, 0], [0, 10]], [[0, 0], [0, 10], [10, 0]]],
        "objects": {"countries": {"geometries": [{"type": "Polygon", "id": "410", "arcs": [[0, -2]]}]}},
    }

    svg = maps.world_svg(topology, {**topology, "objects": {"countries": {"geometries": []}}})

    assert re.findall(r'id="(\w+)" d="([^"]+)"', svg) == [
        ("KR", "M480.0,280.0L506.7,280.0L506.7,246.7L480.0,246.7L480.0,280.0Z")
    ]


def test_a_state_too_small_to_draw_becomes_a_circle():
    coarse = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [],
        "objects": {"countries": {"geometries": []}},
    }
    fine = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [[[102, 0], [4, 0], [0, 2], [-4, -2]]],
        "objects": {"countries": {"geometries": [{"type": "Polygon", "id": "702", "arcs": [[0]]}]}},
    }

    assert '<circle id="SG" cx="757.3" cy="276.7" r="3.2"/>' in maps.world_svg(coarse, fine)


def test_the_maps_hold_every_province_and_country_that_data_may_name():
    world = (ROOT / "var" / "assets" / "maps" / "world.svg").read_text()
    korea = (ROOT / "var" / "assets" / "maps" / "korea.svg").read_text()

    assert set(re.findall(r'id="p(\d\d)"', korea)) == set(maps.PROVINCES.values())
    assert len(maps.PROVINCES) == 17
    assert {"KR", "VN", "ID", "SA", "US", "SG", "FR", "KZ"} <= set(re.findall(r'id="([A-Z]{2})"', world))


@pytest.mark.parametrize("sheet", sorted((ROOT / "static" / "css").glob("*.css")), ids=lambda path: path.name)
def test_every_file_that_a_style_sheet_names_exists(sheet):
    named = re.findall(r"url\(\"?([^\")]+)\"?\)", sheet.read_text())
    paths = [(sheet.parent / name).resolve().relative_to(ROOT / "static") for name in named]

    assert [str(path) for path in paths if finders.find(str(path)) is None] == []


def test_nothing_that_is_served_is_fetched_from_elsewhere():
    css = (ROOT / "var" / "assets" / "krds" / "css" / "component" / "output.css").read_text()

    assert re.findall(r"url\(\s*[\"']?https?:[^)]*\)", css) == []
    assert "@import" not in css
    assert "sourceMappingURL" not in css
