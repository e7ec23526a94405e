"""Personal data never leaves with a public text."""

import re

_MASK = "●●●"
# Order matters: resident numbers would otherwise look like telephone numbers.
_PATTERNS = (
    re.compile(r"\b\d{6}\s?[-–]\s?[1-8]\d{6}\b"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?<!\d)(?:\+82[-.\s]?|0)\d{1,2}[-.\s)]{0,2}\d{3,4}[-.\s]?\d{4}(?!\d)"),
    re.compile(r"(?<!\d)\d{3}-\d{2,6}-\d{5,6}(?!\d)"),
)


def masked(*, text: str) -> str:
    """The text without e-mail addresses, telephone, resident and account numbers."""
    for pattern in _PATTERNS:
        text = pattern.sub(_MASK, text)
    return text
