import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.codes import business_number, institution_code
from accounts.codes.places import Place, parse_address


@pytest.mark.parametrize("number", ["4568701902", "480-88-00432", " 279 87 00965 "])
def test_a_real_business_number_passes(number):
    assert business_number.is_valid(number)


@pytest.mark.parametrize("number", ["", "456870190", "4568701903", "45687O1902", "4560001902", "0998700965"])
def test_a_business_number_that_cannot_exist_is_refused(number):
    assert not business_number.is_valid(number)


@given(st.integers(0, 150_000), st.integers(1, 9))
def test_every_invented_number_is_valid_until_its_last_digit_is_changed(serial, shift):
    number = business_number.invented(serial)
    spoilt = number[:9] + str((int(number[9]) + shift) % 10)
    assert number.startswith("000")
    assert business_number.is_valid(number)
    assert not business_number.is_valid(spoilt)


def test_invented_numbers_never_repeat():
    assert len({business_number.invented(serial) for serial in range(30_000)}) == 30_000


def test_a_business_number_is_shown_with_dashes():
    assert business_number.display("4568701902") == "456-87-01902"


@pytest.mark.parametrize(
    ("code", "valid"), [("6260000", True), ("b55 0001", True), ("626000", False), ("62600001", False)]
)
def test_an_institution_code_has_seven_letters_or_digits(code, valid):
    assert institution_code.is_valid(code) is valid


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("부산광역시 해운대구 센텀중앙로66, 4층 401호 (우동, 센텀티타워)", Place("26", "해운대구")),
        ("부산광역시 기장군 기장읍 차성로418번길26-0", Place("26", "기장군")),
        ("서울 강남구 테헤란로 1", Place("11", "강남구")),
        ("서울시 중구 세종대로 110", Place("11", "중구")),
        ("경기도 수원시 영통구 광교로 107", Place("41", "수원시 영통구")),
        ("경기도 수원시영통구 광교로 107", Place("41", "수원시 영통구")),
        ("경기 광주시 경안로 1", Place("41", "광주시")),
        ("광주광역시 북구 첨단과기로 1", Place("29", "북구")),
        ("광주시 북구 첨단과기로 1", Place("29", "북구")),
        ("충청남도 부여군 부여읍 사비로 33", Place("44", "부여군")),
        ("세종특별자치시 한누리대로 2130", Place("36", "")),
        ("제주특별자치도 제주시 문연로 6", Place("50", "제주시")),
        ("강원도 춘천시 중앙로 1", Place("51", "춘천시")),
        ("강원특별자치도 춘천시 중앙로 1", Place("51", "춘천시")),
        ("전라북도 전주시 완산구 효자로 225", Place("52", "전주시 완산구")),
        ("전북특별자치도 전주시 완산구 효자로 225", Place("52", "전주시 완산구")),
        ("(04526) 서울특별시 중구 세종대로 110", Place("11", "중구")),
        ("04526 대한민국 서울특별시 중구 세종대로 110", Place("11", "중구")),
        ("  경상남도\t창원시   성산구 원이대로 1", Place("48", "창원시 성산구")),
        ("서울특별시 강남구 서울특별시 강남구 테헤란로 1", Place("11", "강남구")),
        ("인천광역시", Place("28", "")),
    ],
)
def test_province_and_district_are_read_from_the_address(address, place):
    assert parse_address(address) == place


@pytest.mark.parametrize(
    "address", ["", "수원시 영통구 광교로 107", "제주시 문연로 6", "광주시 경안로 1", "1 Main Street", "04526"]
)
def test_an_address_that_does_not_begin_with_a_province_has_no_place(address):
    assert parse_address(address) is None


@given(st.text(max_size=80))
def test_any_text_is_read_without_failing(text):
    place = parse_address(text)
    assert place is None or len(place.province_code) == 2
