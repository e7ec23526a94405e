"""Components are rendered from source text, without a database."""

import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from tests.architecture.sources import ROOT

sys.path.append(str(ROOT / "tools"))

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "use", "path"}


class Balance(HTMLParser):
    """Finds tags that are closed in the wrong order or not at all, and identifiers given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        names = [name for name, _ in attrs]
        self.faults += [f"<{tag}> has {name} twice" for name in {n for n in names if names.count(n) > 1}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


@pytest.fixture
def render() -> Callable[..., str]:
    """Render a piece of page source in English and check that its markup is sound."""

    def draw(source: str, path: str = "/list/", **context: Any) -> str:
        request = RequestFactory().get(path)
        request.user = AnonymousUser()
        template = engines["django"].from_string(CottonCompiler().process(source))
        with translation.override("en"):
            html = template.render(context, request)
        balance = Balance()
        balance.feed(html)
        assert balance.faults == []
        assert balance.open == []
        assert len(balance.ids) == len(set(balance.ids))
        assert not re.search(r"\s(style|onclick|onchange|onsubmit)=", html)
        return html

    return draw


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
