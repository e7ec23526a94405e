"""Codes of demand institutions (수요기관코드): seven letters or digits."""

import re

_SHAPE = re.compile(r"[0-9A-Z]{7}")


def compact(code: str) -> str:
    return re.sub(r"[\s-]", "", code).upper()


def is_valid(code: str) -> bool:
    return _SHAPE.fullmatch(compact(code)) is not None
