"""Province and district as they stand at the beginning of a Korean address.

Province codes are the first two digits of the legal-district code. The provinces that changed theirs (Gangwon in 2023,
Jeonbuk in 2024) are found under the old name too, and always get the new code.
"""

import re
from dataclasses import dataclass

# code -> every beginning that means this province, the longest first
_PROVINCES: dict[str, tuple[str, ...]] = {
    "11": ("서울특별시", "서울시", "서울"),
    "26": ("부산광역시", "부산직할시", "부산시", "부산"),
    "27": ("대구광역시", "대구직할시", "대구시", "대구"),
    "28": ("인천광역시", "인천직할시", "인천시", "인천"),
    "29": ("광주광역시", "광주직할시", "광주"),
    "30": ("대전광역시", "대전직할시", "대전시", "대전"),
    "31": ("울산광역시", "울산시", "울산"),
    "36": ("세종특별자치시", "세종시", "세종"),
    "41": ("경기도", "경기"),
    "43": ("충청북도", "충북"),
    "44": ("충청남도", "충남"),
    "46": ("전라남도", "전남"),
    "47": ("경상북도", "경북"),
    "48": ("경상남도", "경남"),
    "50": ("제주특별자치도", "제주도", "제주"),
    "51": ("강원특별자치도", "강원도", "강원"),
    "52": ("전북특별자치도", "전라북도", "전북"),
}
_METROPOLITAN = frozenset({"11", "26", "27", "28", "29", "30", "31"})
_NO_DISTRICTS = "36"  # Sejong has neither cities, counties nor wards
_BEGINNINGS = sorted(((name, code) for code, names in _PROVINCES.items() for name in names), key=lambda p: -len(p[0]))

_NOISE = re.compile(r"^(?:\s|대한민국|한국|[(\[]?\d{3}-?\d{2,3}[)\]]?(?=\s|[가-힣])|,)+")
_WARD = re.compile(r"([가-힣]{1,4}[구군])(?=[\s,(]|$)")
_CITY = re.compile(r"([가-힣]{1,4}[시군])(?:\s*([가-힣]{1,4}구)(?=[\s,(]|$))?")
# Gyeonggi has a city of the same name, without wards: only a ward tells the metropolitan city from it.
_GWANGJU_CITY = re.compile(r"광주시\s*(?=(?:동구|서구|남구|북구|광산구)(?:[\s,(]|$))")


@dataclass(frozen=True)
class Place:
    province_code: str
    district: str


def _province(address: str) -> tuple[str, str] | None:
    if match := _GWANGJU_CITY.match(address):
        return "29", address[match.end() :]
    for name, code in _BEGINNINGS:
        rest = address.removeprefix(name)
        if rest == address:
            continue
        # A short form counts as a word of its own: 제주시 is a city, not the province followed by 시.
        if len(name) == 2 and rest and not rest[0].isspace():
            continue
        return code, rest.strip(" ,")
    return None


def parse_address(address: str) -> Place | None:
    """The place an address begins with, or None where it does not begin with a province."""
    found = _province(_NOISE.sub("", re.sub(r"\s+", " ", address)))
    if found is None:
        return None
    code, rest = found
    if code == _NO_DISTRICTS:
        return Place(code, "")
    match = (_WARD if code in _METROPOLITAN else _CITY).match(rest)
    if match is None:
        return Place(code, "")
    return Place(code, " ".join(part for part in match.groups() if part))
