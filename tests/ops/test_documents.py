"""What is written for people: links that lead somewhere, a README of two screens, an index that misses nothing."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
# A name on the pages in both languages: "**한글** (English)" or "*English* (한글)", a way through the menu has arrows.
NAMED = re.compile(r"\*\*?([^*]+?)[.,]?\*\*? \(([^()]+)\)")
HANGUL = re.compile(r"[가-힣]")
ARROWS = re.compile(r" [\u203a→] ")
# Two screens of a terminal or a browser window.
SCREENS = 2 * 50


def _documents() -> list[Path]:
    """Every page in git; where there is no git, every page outside of what the set-up makes."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode == 0 and answer.stdout:
        return [ROOT / name for name in answer.stdout.split() if (ROOT / name).is_file()]
    made = {".venv", "node_modules", "var"}
    return [path for path in ROOT.rglob("*.md") if not made & set(path.relative_to(ROOT).parts)]


DOCUMENTS = _documents()


def _prose(path: Path) -> str:
    return CODE.sub("", path.read_text(encoding="utf-8"))


def _anchors(path: Path) -> set[str]:
    """The names by which headings are linked to."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    assert [link for link in LINK.findall(_prose(path)) if _is_dead(path, link)] == []


def _is_dead(path: Path, link: str) -> bool:
    if link.startswith(("http://", "https://", "mailto:")):
        return False
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in _anchors(target)


def test_a_dead_link_would_be_found():
    assert LINK.findall("see [this](docs/nowhere.md) and ![that](a.png)") == ["docs/nowhere.md", "a.png"]
    assert not (ROOT / "docs/nowhere.md").exists()


def test_the_readme_fits_on_two_screens():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= SCREENS
    assert max(map(len, lines)) <= 240


def test_the_readme_says_what_a_newcomer_needs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")} - {"config"}

    assert len(re.findall(r"^!\[", text, re.MULTILINE)) == 1
    for word in ("make run", "make test", "DATABASE_URL", "REDIS_URL", "docs/programme.md", "@demo.example"):
        assert word in text
    assert {name for name in packages if f"`{name}/`" not in text} == set()


def test_every_decision_is_in_the_index_in_order():
    folder = ROOT / "docs" / "decisions"
    kept = sorted(path.name for path in folder.glob("0*.md"))

    assert re.findall(r"\]\((0[\w-]+\.md)\)", (folder / "README.md").read_text()) == kept
    assert [int(name[:4]) for name in kept] == list(range(1, len(kept) + 1))
    titles = [(folder / name).read_text().splitlines()[0] for name in kept]
    assert [title for number, title in enumerate(titles, 1) if not title.startswith(f"# {number}. ")] == []


def _names(text: str) -> Iterator[tuple[str, str]]:
    """The names on the pages that a guide gives in both languages, as (English, Korean)."""
    for one, other in NAMED.findall(" ".join(text.split())):
        korean, english = (one, other) if HANGUL.search(one) else (other, one)
        if HANGUL.search(korean):
            yield from zip(ARROWS.split(english), ARROWS.split(korean), strict=True)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "guides").glob("*.md")), ids=lambda path: path.stem)
def test_the_guides_call_menus_and_buttons_as_the_pages_do(path):
    texts: dict[str, set[str]] = {}
    for fragment in (ROOT / "locale" / "ko" / "fragments").glob("*.po"):
        for entry in polib.pofile(str(fragment)):
            texts.setdefault(entry.msgid.lower(), set()).add(entry.msgstr)
    named = list(_names(path.read_text(encoding="utf-8")))

    assert len(named) >= 8
    assert [pair for pair in named if pair[1] not in texts.get(pair[0].lower(), set())] == []


def test_every_page_of_the_documentation_can_be_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in LINK.findall(_prose(page)):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.is_dir():
                # A folder opens on its index where it has one, else on its list of files.
                index = target / "README.md"
                ahead += [index] if index.is_file() else sorted(target.glob("*.md"))
            elif target.suffix == ".md" and target.is_file():
                ahead.append(target)
    pages = [path for path in DOCUMENTS if path.parent == ROOT / "docs" or (path.parent / "README.md").is_file()]
    lost = [
        str(path.relative_to(ROOT)) for path in pages if path.is_relative_to(ROOT / "docs") and path not in reached
    ]
    assert lost == [], "add them to docs/README.md"
