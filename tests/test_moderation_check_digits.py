"""Check digits: known numbers pass, and what each method promises to notice it does. And what may stand around a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.moderation import compile_rules
from chat.moderation.check_digits import born, digits, luhn, mod_11_10, plain, same, verhoeff, weighted
from chat.moderation.packs import PACKS
from tests.moderation_numbers import told

STARTER = compile_rules(PACKS["starter"].rules)
NUMBERS = st.lists(st.integers(0, 9), min_size=7, max_size=15)


def completed(check, found):
    """The number that `check` accepts and that begins with these digits; "" where none has a check digit."""
    texts = ("".join(map(str, [*found, last])) for last in range(10))
    return next((text for text in texts if check(text)), "")


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (luhn, "4111 1111 1111 1111"),
        (luhn, "79927398713"),
        (verhoeff, "2363"),
        (verhoeff, "2341 2341 2346"),
        (mod_11_10, "794623"),
        (mod_11_10, "DE136695976"),
    ],
)
def test_numbers_that_the_definitions_give_are_accepted(check, number):
    assert check(number)


@pytest.mark.slow
@pytest.mark.parametrize("check", [luhn, verhoeff, mod_11_10])
@given(found=NUMBERS, place=st.integers(0, 20), by=st.integers(1, 9))
def test_every_mistake_in_one_digit_is_noticed(check, found, place, by):
    number = completed(check, found)
    at = place % (len(found) + 1)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :] if number else ""
    assert not number or not check(wrong)


@given(found=NUMBERS, place=st.integers(0, 20))
def test_verhoeff_notices_two_neighbours_that_have_changed_places(found, place):
    number = completed(verhoeff, found)
    at = place % len(found)
    swapped = number[:at] + number[at : at + 2][::-1] + number[at + 2 :]
    assert swapped == number or not verhoeff(swapped)


@pytest.mark.parametrize("check", [luhn, verhoeff, mod_11_10])
def test_a_row_of_one_digit_belongs_to_nobody(check):
    assert not any(check(str(digit) * length) for digit in range(10) for length in range(1, 20))


def test_letters_and_separators_are_told_apart():
    assert digits("12-3 ٤a") == [1, 2, 3]
    assert plain("ab-12 é٤") == "AB12"
    assert same("1-1 1")
    assert not same("1-2")
    assert weighted([1, 2, 3], (10, 20)) == 50


@pytest.mark.parametrize(
    ("year", "month", "day", "is_one"),
    [
        (2000, 2, 29, True),
        (0, 2, 29, True),
        (96, 2, 29, True),
        (99, 2, 29, False),
        (1999, 2, 29, False),
        (99, 13, 1, False),
        (99, 0, 1, False),
    ],
)
def test_there_is_a_29th_of_february_every_fourth_year(year, month, day, is_one):
    assert born(year, month, day) is is_one


@pytest.mark.parametrize("sign", ["", "-", ".", ",", " -", "(", "\n- ", "="])
@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("4111111111111111", "payment-card"),
        ("4111 1111 1111 1111", "payment-card"),
        ("536-22-8841", "us-social-security"),
    ],
)
def test_a_number_behind_a_sign_is_told_by_the_gate_as_by_the_scan(sign, number, rule):
    assert told(STARTER, sign + number) == ({rule}, {rule})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[4111111111111111,5555555555554444]", "payment-card"),
        ('{"cards":[4111111111111112,5555555555554444]}', "payment-card"),
        ("id,card\n0,4111111111111111\n", "payment-card"),
        ("Anna,4111111111111111,123", "payment-card"),
        ("Anna,536-22-8841,42", "us-social-security"),
        ("1,536-22-8841,Anna", "us-social-security"),
    ],
)
def test_a_number_in_a_list_without_blanks_is_found(text, rule):
    assert told(STARTER, text) == ({rule}, {rule})


@pytest.mark.parametrize(
    "text",
    [
        "0.4111111111111111 and 3.4111111111111111",
        "id-4111111111111111",
        "4111111111111111.5",
        "4,111,111,111,111,111 and 4111111111111112,5",
        "1,536,228,841 and 1,536-228-841 and 15,536-22-884",
    ],
)
def test_a_decimal_a_great_number_and_the_end_of_a_name_are_no_card(text):
    assert told(STARTER, text) == (set(), set())
