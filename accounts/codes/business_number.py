"""Korean business registration numbers (사업자등록번호).

python-stdnum checks length and structure only, so the check digit is computed here: weights 1,3,7,1,3,7,1,3,5 over the
first nine digits, plus the tens of five times the ninth.
"""

from stdnum.exceptions import ValidationError
from stdnum.kr import brn

INVENTED_PREFIX = "000"  # no tax office has this number, so it marks organisations that do not exist
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def compact(number: str) -> str:
    """Only the digits that were meant, whatever was typed between them."""
    return str(brn.compact(number))


def check_digit(first_nine: str) -> str:
    digits = [int(digit) for digit in first_nine]
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) + digits[8] * 5 // 10
    return str(-total % 10)


def is_invented(number: str) -> bool:
    return compact(number).startswith(INVENTED_PREFIX)


def is_valid(number: str) -> bool:
    """Right length, structure and check digit; an invented prefix counts as a tax office here."""
    digits = compact(number)
    issued = f"101{digits[3:]}" if digits.startswith(INVENTED_PREFIX) else digits
    try:
        brn.validate(issued)
    except ValidationError:
        return False
    return check_digit(digits[:9]) == digits[9]


def display(number: str) -> str:
    return str(brn.format(number))


def invented(serial: int) -> str:
    """The business number of the n-th organisation that does not exist, with a correct check digit."""
    first_nine = f"{INVENTED_PREFIX}{81 + serial // 9999:02d}{1 + serial % 9999:04d}"
    return first_nine + check_digit(first_nine)
