"""Pages call components by their contracts: the tag exists and every attribute is declared or passed on."""

import re

import pytest

from tests.architecture.sources import TEMPLATES

DECLARATION = re.compile(r"<c-vars (.*?)/>", re.DOTALL)
VALUE = r"\"(?:\{[{%].*?[}%]\}|[^\"])*\"|'(?:\{[{%].*?[}%]\}|[^'])*'"
CALL = re.compile(rf"<c-([a-z-]+)((?:\s+:?[\w-]+(?:=(?:{VALUE}))?)*)\s*/?>", re.DOTALL)
NAME = re.compile(r":?([\w-]+)(?:=\"\")?(?=\s|$)")


def attribute_names(text: str) -> set[str]:
    return {name.replace("-", "_") for name in NAME.findall(re.sub(VALUE, '""', text, flags=re.DOTALL))}


def contracts() -> dict[str, tuple[set[str], bool]]:
    found = {}
    for path in (TEMPLATES / "cotton").glob("*.html"):
        source = path.read_text(encoding="utf-8")
        declared = DECLARATION.search(source)
        names = attribute_names(declared[1]) if declared else set()
        found[path.stem.replace("_", "-")] = (names, "{{ attrs }}" in source)
    return found


CONTRACTS = contracts()


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_components_are_called_by_their_contract(path):
    faults = []
    for name, given in CALL.findall(path.read_text(encoding="utf-8")):
        if name in {"slot", "vars"}:
            continue
        if name not in CONTRACTS:
            faults.append(f"<c-{name}> does not exist")
            continue
        declared, passes_on = CONTRACTS[name]
        if not passes_on:
            faults += [f"<c-{name} {unknown}>" for unknown in sorted(attribute_names(given) - declared)]
    assert faults == []


def test_a_contract_is_read_from_its_declaration():
    assert CONTRACTS["card"] == ({"title", "href", "badge", "meta", "footer", "level"}, True)
    assert CONTRACTS["stat"] == ({"label", "value", "note", "href", "tone"}, False)
