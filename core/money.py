"""Won as people read it. Data is always whole won; only these functions shorten, and they never round away a won."""

from django.utils.translation import get_language

_UNITS = ((10**12, "조"), (10**8, "억"), (10**4, "만"))


def format_krw(amount: int | None) -> str:
    """Whole won with separators: ``₩53,000,000,000``; an empty string for None."""
    if amount is None:
        return ""
    sign = "-" if amount < 0 else ""
    return f"{sign}₩{abs(amount):,}"


def format_krw_short(amount: int | None) -> str:
    """The Korean way where the amount divides evenly into its units (``530억 원``), else full digits.

    In English, and wherever the short form would have to round, the full amount is shown.
    """
    if amount is None:
        return ""
    if get_language() != "ko" or amount == 0 or amount % 10_000:
        return format_krw(amount)
    sign, rest, parts = ("-" if amount < 0 else ""), abs(amount), []
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:,}{name}")
    return f"{sign}{' '.join(parts)} 원"
