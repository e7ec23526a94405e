"""How one cell of the official list becomes data, and a remark wherever that was not straightforward."""

import re
import unicodedata
from dataclasses import dataclass, field

MAX_PRICE_KRW = 10_000_000_000
"""From here on a price is a placeholder or a slip of the finger; it is kept and marked for review."""

UNIT_NAMES = {
    "m2": "㎡",
    "m²": "㎡",
    "㎡": "㎡",
    "m3": "㎥",
    "㎥": "㎥",
    "ea": "개",
    "pcs": "개",
    "set": "세트",
    "세트": "세트",
    "kg": "kg",
    "m": "m",
}
_CONTROL = re.compile(r"_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_LOST_BULLET = re.compile(r"^[ \t]*[\uff1f?][ \t]+", re.MULTILINE)
_NUMBER = re.compile(r"^-?\d+(?:\.0+)?$")
_UNIT_LINE = re.compile(r"주문\s*단위\s*[:\uff1a]?\s*(?:\d[\d,]*)?\s*([^\s\d(),.:\uff1a]+)")
_MIN_LINE = re.compile(r"최[소수]\s*주문\s*수량\s*[:\uff1a]?\s*([\d,]+)\s*([^\s\d(),.:\uff1a]*)")
_TEMPLATE_LINE = re.compile(r"^\s*예시\)", re.MULTILINE)
_ZERO_LOT = re.compile(r"(\d)-0(?=[\s,(]|$)")
_PAREN = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Remark:
    """A code and what it is about; the portal words it in the reader's language."""

    code: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass
class Remarks:
    """What cleaning has to say about one row, each thing once."""

    found: list[Remark] = field(default_factory=list)

    def say(self, code: str, **params: str | int) -> None:
        remark = Remark(code, params)
        if remark not in self.found:
            self.found.append(remark)


def one_line(text: object) -> str:
    """A single line: compatibility spaces folded, control characters and runs of white space removed."""
    raw = unicodedata.normalize("NFC", "" if text is None else str(text))
    return " ".join(_CONTROL.sub(" ", raw).replace(" ", " ").split())


def paragraph(text: object) -> str:
    """Several lines: white space at the ends of lines and piles of empty lines removed, lost bullets repaired."""
    raw = unicodedata.normalize("NFC", "" if text is None else str(text))
    raw = _CONTROL.sub("", raw).replace(" ", " ").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    raw = _LOST_BULLET.sub("- ", raw)
    lines = [re.sub(r" {2,}", " ", line).strip() for line in raw.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def digits(text: object) -> str:
    """Only the digits; a number that Excel made of a code loses its decimal point first."""
    return re.sub(r"\D", "", re.sub(r"\.0+$", "", one_line(text)))


def address(text: object, remarks: Remarks) -> str:
    """An address without its repetitions.

    Handles a whole address written twice, a word written twice in a row, a 동 in brackets that a later bracket
    repeats, and the empty lot number ``-0``.
    """
    line = one_line(text)
    cleaned = _ZERO_LOT.sub(r"\1", line)
    cleaned = _without_repeated_half(cleaned)
    words: list[str] = []
    for word in cleaned.split(" "):
        if not words or words[-1] != word:
            words.append(word)
    cleaned = _without_repeated_bracket(" ".join(words))
    if cleaned != _ZERO_LOT.sub(r"\1", line):
        remarks.say("address_repeated")
    return cleaned


def _without_repeated_half(line: str) -> str:
    """Addresses that are written twice, with any separator between the two."""
    words = re.split(r"[\s,/]+", line)
    half = len(words) // 2
    if len(words) >= 4 and len(words) % 2 == 0 and words[:half] == words[half:]:
        return " ".join(line.split(" ")[:half]).rstrip(",/")
    return line


def _without_repeated_bracket(line: str) -> str:
    """``(장전동) … (장전동, PNU AVEC)``: the earlier, shorter bracket says nothing new."""
    brackets = list(_PAREN.finditer(line))
    for index, bracket in enumerate(brackets[:-1]):
        inside = bracket.group(1).strip()
        later = [part.strip() for other in brackets[index + 1 :] for part in other.group(1).split(",")]
        if inside and inside in later:
            line = line[: bracket.start()] + line[bracket.end() :]
            return " ".join(line.split())
    return line


def unit(text: object, order_terms: str, remarks: Remarks) -> str:
    """The unit; where the column holds a number, the order terms say what is counted."""
    given = one_line(text)
    if given and not re.fullmatch(r"[\d.,]+", given):
        return UNIT_NAMES.get(given.lower(), given)
    guessed = _unit_of_terms(order_terms)
    shown = given or "-"
    if guessed:
        remarks.say("unit_guessed", given=shown, unit=guessed)
    else:
        remarks.say("unit_unknown", given=shown)
    return guessed


def _unit_of_terms(order_terms: str) -> str:
    found = _UNIT_LINE.search(order_terms)
    name = found.group(1) if found else ""
    if not name:
        lot = _MIN_LINE.search(order_terms)
        name = lot.group(2) if lot else ""
    return UNIT_NAMES.get(name.lower(), name)[:20]


def minimum_order(order_terms: str) -> int | None:
    """The smallest quantity that the supplier delivers, where the order terms begin with a number."""
    lot = _MIN_LINE.search(order_terms)
    count = int(lot.group(1).replace(",", "") or 0) if lot else 0
    return count if 0 < count < 2**31 else None


def terms(text: object, remarks: Remarks) -> str:
    """Order terms; a form that was left at its example says nothing."""
    cleaned = paragraph(text)
    if _TEMPLATE_LINE.search(cleaned):
        remarks.say("terms_example")
    return cleaned


@dataclass(frozen=True)
class Price:
    krw: int | None
    flag: str = ""


def price(text: object, remarks: Remarks) -> Price:
    """Whole won, or no price with the reason; implausible prices are kept and marked for review."""
    given = one_line(text)
    plain = re.sub(r"[,\s원₩]", "", given)
    if not plain or plain == "-":
        remarks.say("price_missing")
        return Price(None, "missing")
    if not _NUMBER.match(plain):
        remarks.say("price_unreadable", given=given[:40])
        return Price(None, "unreadable")
    amount = int(plain.split(".")[0])
    if amount < 0:
        remarks.say("price_unreadable", given=given[:40])
        return Price(None, "unreadable")
    if amount == 0:
        remarks.say("price_zero")
        return Price(None, "zero")
    if amount == 1:
        remarks.say("price_one_won")
        return Price(1, "one_won")
    if amount >= 2**63:
        remarks.say("price_unreadable", given=given[:40])
        return Price(None, "unreadable")
    if amount >= MAX_PRICE_KRW:
        remarks.say("price_too_high", amount=f"{amount:,}")
        return Price(amount, "too_high")
    return Price(amount)


def phone(text: object) -> str:
    """The telephone number; zeros all the way stand for one that is withheld."""
    number = digits(text)
    return "" if not number.strip("0") else number[:30]
