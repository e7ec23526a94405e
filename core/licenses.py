"""The licences of what others made and the portal serves, as the set-up collected them from the installed packages."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

# What each thing is for, by the key that tools/licenses.py gives it.
PURPOSES: dict[str, Any] = {
    "krds": _("Design system of the Korean government: style sheets, icons"),
    "font": _("Typeface of pages and documents"),
    "charts": _("Charts"),
    "korea": _("Map of Korea by province; shapes without colours, province codes added"),
    "world": _("World map by country"),
    "interaction": _("Parts of pages that update themselves"),
    "admin": _("Workplace of the Public Procurement Service: style sheets, scripts, icons"),
    "explorer": _("Interactive page of the API"),
}


@dataclass(frozen=True, slots=True)
class Licensed:
    """One thing of others: what it is for, under which licence it stands, and the licence's own words."""

    name: str
    version: str
    license: str
    home: str
    purpose: Any
    texts: list[dict[str, str]]


def served_licenses() -> list[Licensed]:
    """What `tools/licenses.py` found; empty before the set-up has run."""
    path = settings.ASSETS_DIR / "licenses.json"
    if not path.is_file():
        return []
    return [
        Licensed(
            entry["name"], entry["version"], entry["license"], entry["home"], PURPOSES[entry["key"]], entry["texts"]
        )
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
