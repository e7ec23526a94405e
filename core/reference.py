"""The API as a page to read: what the OpenAPI schema says, arranged for people.

Swagger's own page stands one click further; it needs JavaScript and is hard to use without a mouse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator

PREFIX = "#/components/schemas/"
METHODS = ("get", "post", "put", "patch", "delete")
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter of a request, or a field of an answer."""

    name: str
    kind: str
    text: str
    values: list[str]
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with one method."""

    anchor: str
    method: str
    path: str
    text: str
    needs_sign_in: bool
    parameters: list[Entry]
    answer: str
    fields: list[Entry]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations on one kind of thing."""

    name: str
    summary: str
    operations: list[Operation]


def groups(*, summaries: Mapping[str, Any]) -> list[Group]:
    """Everything the API offers, in the language of the request."""
    schema = _schema(get_language())
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if described := methods.get(method):
                name = described["tags"][0]
                found.setdefault(name, []).append(_operation(schema, path, method, described))
    return [Group(name, str(summaries.get(name, "")), operations) for name, operations in sorted(found.items())]


@cache
def _schema(_language: str | None) -> Schema:
    """The whole schema in the active language; made once, since strangers may ask as often as they like."""
    generator: Any = SchemaGenerator
    found: Schema = generator().get_schema(public=True)
    return found


def _operation(schema: Schema, path: str, method: str, described: Schema) -> Operation:
    answer, fields = _answer(schema, described)
    return Operation(
        anchor=described["operationId"],
        method=method.upper(),
        path=path,
        text=described.get("description", ""),
        needs_sign_in={} not in described.get("security", [{}]),
        parameters=[_parameter(schema, each) for each in described.get("parameters", [])],
        answer=answer,
        fields=fields,
    )


def _parameter(schema: Schema, described: Schema) -> Entry:
    shape = _resolved(schema, described["schema"])
    # The meaning of a code stands in its list; the text would say the same once more.
    text = "" if shape.get("enum") else described.get("description", "") or shape.get("title", "")
    return Entry(described["name"], _kind(schema, shape), text, _values(shape), bool(described.get("required")))


def _answer(schema: Schema, described: Schema) -> tuple[str, list[Entry]]:
    """Name what comes back, and its fields; pages are looked through to their rows."""
    success: Schema = next(
        (answer for code, answer in described["responses"].items() if str(code).startswith("2")), {}
    )
    content: Schema = next(iter(success.get("content", {}).values()), {})
    shape = _resolved(schema, content.get("schema", {}))
    text = _("One object")
    if rows := shape.get("properties", {}).get("results"):
        shape, text = _resolved(schema, rows["items"]), _("A page: count, next, previous, and in results objects with")
    elif shape.get("type") == "array":
        shape, text = _resolved(schema, shape["items"]), _("A list of objects")
    return text, list(_fields(schema, shape))


def _fields(schema: Schema, shape: Schema) -> Iterator[Entry]:
    required = set(shape.get("required", []))
    for name, described in shape.get("properties", {}).items():
        resolved = _resolved(schema, described)
        yield Entry(name, _kind(schema, resolved), resolved.get("title", ""), _values(resolved), name in required)


def _resolved(schema: Schema, shape: Schema) -> Schema:
    """Follow references, and merge the single part of an ``allOf`` into what stands beside it."""
    if reference := shape.get("$ref"):
        return _resolved(schema, schema["components"]["schemas"][reference.removeprefix(PREFIX)])
    parts = [_resolved(schema, part) for part in shape.get("allOf", [])]
    return {key: value for each in (*parts, shape) for key, value in each.items() if key != "allOf"}


def _kind(schema: Schema, shape: Schema) -> str:
    if shape.get("type") == "array":
        return f"{_kind(schema, _resolved(schema, shape['items']))}[]"
    kind = str(shape.get("format") or shape.get("type", "object"))
    return f"{kind} | null" if shape.get("nullable") else kind


def _values(shape: Schema) -> list[str]:
    """The codes a value can have, with their meaning where the schema tells it."""
    if not (codes := shape.get("enum")):
        return []
    lines = [line.removeprefix("* ") for line in shape.get("description", "").splitlines() if line.startswith("* `")]
    told = {line.split("`")[1]: line.replace("`", "", 2) for line in lines}
    return [told.get(str(code), str(code)) for code in codes if code is not None]
