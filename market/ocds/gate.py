"""What leaves the house is checked against our own profile of OCDS 1.1; what does not fit is not published."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

PROFILE = Path(__file__).with_name("profile.schema.json")


class NotPublishable(Exception):
    """The package breaks the profile; the message names the place."""


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(PROFILE.read_text()), format_checker=FormatChecker())


def faults(package: dict[str, Any]) -> list[str]:
    """One line per fault, with the place; empty when the package may go out."""
    found = sorted(_validator().iter_errors(package), key=lambda error: list(map(str, error.absolute_path)))
    lines = [f"{'/'.join(map(str, error.absolute_path)) or '(package)'}: {error.message}" for error in found]
    releases = package.get("releases", [])
    seen: set[str] = set()
    for release in releases:
        if release.get("id") in seen:
            lines.append(f"release {release.get('id')}: the identifier is used twice")
        seen.add(release.get("id", ""))
        lines += _dangling(release)
    return lines


def _dangling(release: dict[str, Any]) -> list[str]:
    """References to parties and awards that the release does not contain."""
    parties = {party["id"] for party in release.get("parties", [])}
    awards = {award["id"] for award in release.get("awards", [])}
    lines = []
    for award in release.get("awards", []):
        lines += [
            f"release {release['id']}: supplier {supplier['id']} is no party"
            for supplier in award.get("suppliers", [])
            if supplier["id"] not in parties
        ]
    if awards:
        lines += [
            f"release {release['id']}: contract {contract['id']} names award {contract['awardID']}, which is not there"
            for contract in release.get("contracts", [])
            if contract["awardID"] not in awards
        ]
    return lines


def checked(package: dict[str, Any]) -> dict[str, Any]:
    """The package itself, when it fits.

    Raises:
        NotPublishable: with the first faults.
    """
    if lines := faults(package):
        raise NotPublishable("; ".join(lines[:5]))
    return package
