"""Merge and compile the Korean fragments; with `check`, prove that the catalogue fits the code. Needs no GNU gettext.

Every area of the project writes its translations in a file of its own under `locale/ko/fragments/`. The merged
`django.po` and the compiled `django.mo` are made from them and not kept in git.
"""

import argparse
import ast
import importlib.util
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FRAGMENTS = ROOT / "locale" / "ko" / "fragments"
# The rule sets of the programme say where each rule comes from; the form of the rules shows it.
RULES = ROOT / "pilots" / "rules" / "data"
TARGET = ROOT / "locale" / "ko" / "LC_MESSAGES"
STAMP = ROOT / "var" / "stamps" / "catalogues"
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "ko",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=1; plural=0;",
}
APPS = ["core", "accounts", "products", "pilots", "matching", "feedback", "overseas", "market", "demo", "config"]
# Packages whose own Korean catalogue is used where ours says nothing, and may be overridden by ours.
LIBRARIES = ["django", "allauth", "rest_framework", "django_filters"]
# Of Django's contributions, those that the portal installs: a catalogue of another one is never loaded.
INSTALLED_CONTRIB = {"admin", "auth", "contenttypes", "humanize", "postgres", "sessions"}
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop", "ugettext"}
PLURAL = {"ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
PLURAL_WITH_CONTEXT = {"npgettext", "npgettext_lazy"}
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"(?<![\w.])(_|n?p?gettext)\(\s*({STRING})(?:\s*,\s*({STRING}))?(?:\s*,\s*({STRING}))?", re.DOTALL)
# Cotton evaluates `:label="_('text')"`; Django's own extraction does not look outside of tags.
ATTRIBUTE = re.compile(r""":[\w.-]+="_\(('[^']*')\)["|]|:[\w.-]+='_\(("[^"]*")\)['|]""")
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{(\w*)[^{}]*\}")


@dataclass(frozen=True, order=True)
class Message:
    """What is looked up: a source text, in a context."""

    context: str
    text: str
    plural: str = ""

    def __str__(self) -> str:
        return f"{self.text!r}" + (f" (context {self.context!r})" if self.context else "")


def main() -> int:
    parser = argparse.ArgumentParser(description="Merge, compile and check the Korean message catalogue.")
    parser.add_argument("action", nargs="?", choices=["build", "check"], default="build")
    action = parser.parse_args().action
    build()
    if action == "build":
        return 0
    faults = [*fragment_faults(), *coverage_faults()]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def fragments() -> list[Path]:
    return sorted(FRAGMENTS.glob("*.po"))


def build() -> None:
    """Write django.po and django.mo unless they are newer than every fragment and hold the same set of them."""
    TARGET.mkdir(parents=True, exist_ok=True)
    compiled = TARGET / "django.mo"
    summary = "\n".join(f"{path.name} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in fragments())
    if compiled.is_file() and STAMP.is_file() and STAMP.read_text() == summary:
        return
    merged = polib.POFile(wrapwidth=0)
    merged.metadata = dict(HEADER)
    seen: set[tuple[str, str]] = set()
    for path in fragments():
        for entry in _entries(path):
            if _key(entry) not in seen:
                seen.add(_key(entry))
                merged.append(_korean(entry))
    merged.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    merged.save(str(TARGET / "django.po"))
    # A running server may read it at any moment.
    unfinished = TARGET / "django.mo.new"
    merged.save_as_mofile(str(unfinished))
    unfinished.replace(compiled)
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(summary)


def _entries(path: Path) -> list[polib.POEntry]:
    try:
        return [entry for entry in polib.pofile(str(path), encoding="utf-8") if not entry.obsolete]
    except OSError as error:
        sys.exit(f"{path.relative_to(ROOT)} cannot be read: {error}")


def _korean(entry: polib.POEntry) -> polib.POEntry:
    """Return the entry as the merged catalogue holds it: Korean has one form for every number."""
    copy = polib.POEntry(msgid=entry.msgid, msgstr=entry.msgstr, msgctxt=entry.msgctxt)
    if entry.msgid_plural:
        copy.msgid_plural = entry.msgid_plural
        copy.msgstr = ""
        copy.msgstr_plural = {0: _translation(entry)}
    return copy


def _translation(entry: polib.POEntry) -> str:
    if not entry.msgid_plural:
        return str(entry.msgstr)
    return str(entry.msgstr_plural.get(0) or entry.msgstr_plural.get("0") or "")


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return (entry.msgctxt or "", entry.msgid)


def fragment_faults() -> Iterator[str]:
    """Find what is wrong with the fragments themselves: empty, fuzzy, repeated, with wrong placeholders."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for path in fragments():
        for entry in _entries(path):
            where = f"{path.relative_to(ROOT)}:{entry.linenum}"
            translated = _translation(entry)
            if not translated:
                yield f"{where}: empty: {entry.msgid!r}"
            if entry.fuzzy:
                yield f"{where}: fuzzy: {entry.msgid!r}"
            if translated and not _placeholders(translated) >= _needed(entry):
                yield f"{where}: a placeholder is missing in the translation of {entry.msgid!r}"
            if translated and not _placeholders(translated) <= _placeholders(entry.msgid, entry.msgid_plural):
                yield f"{where}: an unknown placeholder in the translation of {entry.msgid!r}"
            before = first.setdefault(_key(entry), (translated, where))
            if before[0] != translated:
                yield f"{where}: {entry.msgid!r} is translated differently in {before[1]}"
            elif before[1] != where:
                yield f"{where}: {entry.msgid!r} is translated already in {before[1]}"


def _needed(entry: polib.POEntry) -> set[str]:
    return _placeholders(entry.msgid_plural or entry.msgid)


def _placeholders(*texts: str) -> set[str]:
    return {match.group() for text in texts for match in PLACEHOLDER.finditer((text or "").replace("%%", ""))}


def coverage_faults() -> Iterator[str]:
    """Find texts without a translation, and translations without a text."""
    ours = {_key(entry): entry for path in fragments() for entry in _entries(path)}
    theirs = library_messages()
    used = dict(_used())
    for message, where in sorted(used.items()):
        entry = ours.get((message.context, message.text))
        if entry is None and (message.context, message.text) not in theirs:
            yield f"{where}: no Korean translation: {message}"
        elif entry is not None and message.plural and entry.msgid_plural != message.plural:
            yield f"{where}: the translation has another plural: {message}"
    known = {(message.context, message.text) for message in used}
    for path in fragments():
        for entry in _entries(path):
            if _key(entry) not in known and _key(entry) not in theirs:
                yield f"{path.relative_to(ROOT)}:{entry.linenum}: used nowhere: {entry.msgid!r}"


def library_messages() -> set[tuple[str, str]]:
    """Return what the libraries translate into Korean themselves."""
    found: set[tuple[str, str]] = set()
    for name in LIBRARIES:
        specification = importlib.util.find_spec(name)
        if specification is None or specification.origin is None:
            continue
        for path in Path(specification.origin).parent.glob("**/locale/ko/LC_MESSAGES/django.mo"):
            contribution = path.parts[path.parts.index("contrib") + 1] if "contrib" in path.parts else ""
            if contribution and contribution not in INSTALLED_CONTRIB:
                continue
            found |= {_key(entry) for entry in polib.mofile(str(path)) if _translation(entry)}
    return found


def _used() -> Iterator[tuple[Message, str]]:
    for path in sorted(_sources()):
        source = path.read_text(encoding="utf-8")
        found = python_messages(source) if path.suffix == ".py" else template_messages(source, str(path))
        for message, line in found:
            yield message, f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))
    for path in sorted(RULES.glob("*.json")):
        for text in json.loads(path.read_text(encoding="utf-8"))["sources"].values():
            yield Message("", text), str(path.relative_to(ROOT))


def _sources() -> Iterator[Path]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path
    for directory in [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]:
        for suffix in ("*.html", "*.txt", "*.xml"):
            yield from directory.rglob(suffix)


def python_messages(source: str) -> Iterator[tuple[Message, int]]:
    """Return every text that Python code marks for translation, with its line."""
    tree = ast.parse(source)
    names = _aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for message in _from_call(names.get(function, function), node.args):
                yield message, node.lineno


def _aliases(tree: ast.AST) -> dict[str, str]:
    """Return the local names of Django's functions: `gettext as _` and others."""
    return {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname
    }


def _from_call(function: str, arguments: list[ast.expr]) -> Iterator[Message]:
    texts = [list(_constants(argument)) for argument in arguments[:3]]
    if function in PLAIN and texts:
        yield from (Message("", text) for text in texts[0])
    elif function in PLURAL and len(texts) > 1:
        yield from (Message("", one, many) for one, many in zip(texts[0], texts[1], strict=False))
    elif function in WITH_CONTEXT and len(texts) > 1:
        yield from (Message(context, text) for context in texts[0] for text in texts[1])
    elif function in PLURAL_WITH_CONTEXT and len(texts) > 2:
        yield from (Message(texts[0][0], one, many) for one, many in zip(texts[1], texts[2], strict=False))


def _constants(node: ast.expr) -> Iterable[str]:
    """Return the text of a literal, or of both branches of a choice between two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body), *_constants(node.orelse)]
    return []


def template_messages(source: str, origin: str) -> Iterator[tuple[Message, int]]:
    """Return every text that a template marks for translation."""
    for match in CALL.finditer(templatize(source, origin=origin)):
        function = match.group(1)
        texts = [ast.literal_eval(text) for text in match.groups()[1:] if text]
        for message in _from_call(function, [ast.Constant(text) for text in texts]):
            yield message, 0
    for match in ATTRIBUTE.finditer(source):
        text = ast.literal_eval(match.group(1) or match.group(2))
        yield Message("", text), source.count("\n", 0, match.start()) + 1


if __name__ == "__main__":
    sys.exit(main())
