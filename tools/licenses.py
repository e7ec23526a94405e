"""Collect the licences of everything of others that the portal serves, from the packages as they are installed.

`tools/assets.py` writes the result to var/assets/licenses.json; the page /licenses/ shows it. Nothing of it is in git:
what is shown is what came with the version that is served.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from importlib.metadata import distribution, version
from pathlib import Path

import django_htmx
from fontTools.ttLib import TTFont

COPYRIGHT, LICENSE_NOTICE = 0, 13
FONT = "krds-uiux/resources/fonts/PretendardGOV-Regular.subset.woff2"
# The chapter on the licence in the README of KRDS, which has no licence file.
KRDS_CHAPTER = re.compile(r"^## 저작권 및 라이선스\s*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
OPEN_FONT_LICENSE = re.compile(
    r"^-+\s*\nSIL OPEN FONT LICENSE Version 1\.1.*?OTHER DEALINGS IN THE FONT SOFTWARE\.", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Text:
    """One file of a licence."""

    title: str
    body: str


@dataclass(frozen=True)
class Licensed:
    """One thing of others, as the page lists it; `key` is what its purpose is looked up by."""

    key: str
    name: str
    version: str
    license: str
    home: str
    texts: list[Text] = field(default_factory=list)


def collect(packages: Path) -> list[Licensed]:
    """Read the licences; a file that a package no longer has stops the set-up rather than leaving a gap."""
    return [_krds(packages), _pretendard(packages), *_charts(packages), *_maps(packages), *_python()]


def write_licenses(packages: Path, target: Path) -> None:
    found = [asdict(each) for each in collect(packages)]
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


def _package(packages: Path, name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((packages / name / "package.json").read_text(encoding="utf-8"))
    return found


def _npm(packages: Path, key: str, name: str, home: str, files: list[str], *, title: str = "") -> Licensed:
    about = _package(packages, name)
    texts = [Text(file.rpartition("/")[2], _read(packages / name / file)) for file in files]
    return Licensed(key, title or name, about["version"], about["license"], home, texts)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _krds(packages: Path) -> Licensed:
    found = KRDS_CHAPTER.search(_read(packages / "krds-uiux" / "README.md"))
    if found is None:
        raise ValueError("The README of krds-uiux has no chapter on its licence any more; look at tools/licenses.py.")
    about = _package(packages, "krds-uiux")
    home = "https://www.krds.go.kr/html/site/utility/utility_06.html"
    return Licensed("krds", "KRDS", about["version"], "KRDS", home, [Text("README.md", found[1].strip())])


def _pretendard(packages: Path) -> Licensed:
    names = TTFont(packages / FONT)["name"]
    notice = "\n".join(names.getDebugName(number) for number in (COPYRIGHT, LICENSE_NOTICE))
    number = names.getDebugName(5).removeprefix("Version ")
    files = distribution("fonttools").files or []
    texts = [Path(str(file.locate())) for file in files if file.name == "LICENSE.external"]
    found = OPEN_FONT_LICENSE.search(_read(texts[0])) if texts else None
    if found is None:
        raise ValueError("The text of the Open Font License is not where it was; look at tools/licenses.py.")
    license_text = Text("SIL Open Font License 1.1", found[0])
    home = "https://github.com/orioncactus/pretendard"
    return Licensed("font", "Pretendard GOV", number, "OFL-1.1", home, [Text(Path(FONT).name, notice), license_text])


def _charts(packages: Path) -> list[Licensed]:
    home = "https://echarts.apache.org"
    files = ["LICENSE", "NOTICE", "licenses/LICENSE-d3"]
    return [
        _npm(packages, "charts", "echarts", home, files, title="Apache ECharts"),
        _npm(packages, "charts", "zrender", "https://github.com/ecomfe/zrender", ["LICENSE"], title="ZRender"),
        _npm(packages, "charts", "tslib", "https://www.typescriptlang.org", ["LICENSE.txt"]),
    ]


def _maps(packages: Path) -> list[Licensed]:
    korea, world = "https://github.com/VictorCazanave/svg-maps", "https://github.com/topojson/world-atlas"
    return [
        _npm(packages, "korea", "@svg-maps/south-korea", korea, ["LICENSE.md"]),
        _npm(packages, "world", "world-atlas", world, ["LICENSE"]),
    ]


def _python() -> list[Licensed]:
    scripts = Path(django_htmx.__file__).parent / "static" / "django_htmx"
    htmx = re.search(r"version: ?['\"]([\d.]+)['\"]", _read(scripts / "htmx-2.min.js") + _read(scripts / "htmx-2.js"))
    admin = "contrib/admin/static/admin/"
    vendor = [
        f"{admin}js/vendor/{name}" for name in ("jquery/LICENSE.txt", "select2/LICENSE.md", "xregexp/LICENSE.txt")
    ]
    swagger = ["swagger-ui-dist/LICENSE", "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"]
    return [
        # The Zero-Clause BSD licence asks for no notice, and the package that brings htmx holds none.
        Licensed("interaction", "htmx", htmx[1] if htmx else "2", "0BSD", "https://htmx.org"),
        _wheel("interaction", "django-htmx", "MIT", "https://github.com/adamchainz/django-htmx", ["/LICENSE"]),
        _wheel(
            "admin",
            "Django",
            "BSD-3-Clause",
            "https://www.djangoproject.com",
            ["/LICENSE", *vendor, f"{admin}img/LICENSE"],
        ),
        _wheel(
            "explorer",
            "drf-spectacular-sidecar",
            "BSD-3-Clause, Apache-2.0",
            "https://swagger.io/tools/swagger-ui/",
            ["/LICENSE", *swagger],
        ),
    ]


def _wheel(key: str, name: str, license_name: str, home: str, endings: list[str]) -> Licensed:
    """Read the licence files of an installed Python package; `/LICENSE` is the one beside its metadata."""
    files = distribution(name).files or []
    texts = []
    for ending in endings:
        found = [f for f in files if str(f).endswith(ending) and (ending != "/LICENSE" or ".dist-info" in str(f))]
        if not found:
            raise ValueError(f"{name} has no {ending} any more; look at tools/licenses.py.")
        title = ending.removeprefix("/").removeprefix("contrib/admin/static/admin/")
        texts.append(Text(title, _read(Path(str(found[0].locate())))))
    return Licensed(key, name, version(name), license_name, home, texts)
