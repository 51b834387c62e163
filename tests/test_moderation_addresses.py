"""Addresses that are somebody's, and those that are printed as examples."""

import pytest

from chat.moderation import compile_rules
from chat.moderation.packs import PACKS

CONTACT = compile_rules([*PACKS["contact"].rules, *PACKS["network"].rules])


def found(text):
    result = CONTACT.scan({"text": text})
    assert result.outcome != "error", result.detail
    return [(each.rule, text[each.start : each.end]) for each in result.findings]


@pytest.mark.parametrize(
    ("rule", "address"),
    [
        ("email-address", "greta.kolb+chat@posteo.de"),
        ("email-address", "USER@XN--80AK6AA92E.COM"),
        ("email-address", "ana@posta.com.py"),
        ("email-address", "jan@2xl.pl"),
        ("email-address", "jo@team.sh"),
        ("telephone-number", "+49 (0)30 901820"),
        ("telephone-number", "02-2012-3456"),
        ("telephone-number", "02/2012345"),
        ("telephone-number", "01/42/68/53/00"),
        ("telephone-number", "+44 20 7946 0018"),
        ("telephone-number", "0033 1 42 68 53 00"),
        ("telephone-number", "(212) 736-5000"),
        ("telephone-number", "212.736.5000"),
        ("telephone-number", "09171234567"),
        ("postcode", "EC1A 1BB"),
        ("postcode", "V5K 0A1"),
        ("postcode", "M2 5DB"),
        ("postcode", "SW1A 8GB"),
        ("network-address", "84.112.7.19"),
        ("network-address", "::ffff:84.112.7.19"),
        ("network-address", "2a02:8109:9a40:1b00::5c3"),
        ("private-network-address", "10.1.2.3"),
        ("private-network-address", "fd00::1:5c3"),
        ("private-network-address", "::ffff:192.168.0.7"),
        ("network-address", "2a02:8109:9a40:1b00:0:0:0:8888"),
        ("device-address", "3c:22:fb:9a:01:7e"),
        ("wallet-address", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("wallet-address", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
        ("wallet-address", "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"),
    ],
)
def test_an_address_is_found_whole_within_a_sentence(rule, address):
    assert found(f"Try {address}, please.") == [(rule, address)]
    assert found(f"({address})") == [(rule, address)]
    assert found(address) == [(rule, address)]


@pytest.mark.parametrize(
    "text",
    [
        "info@example.org, me@mail.example, a@b.test, root@localhost",
        "you@yourcompany.com, name@domain.com, git@gitlab.com:a/b.git, no-reply@posteo.de",
        "a..b@posteo.de, .a@posteo.de, a@-b.de, a@b..de, @posteo.de",
        "(415) 555-0132, +1 555 555 0100, 1-800-555-0199, 911, 112, +999 1234567",
        "2024-01-02 03:04:05, 01-02-2024 10:30:00, 12/31/2024, 1,234,567.89, 3.14159265358979",
        "0 1 2 3 4 5 6 7 8 9 and 01 02 03 04 05 06 and 1700000000000",
        "ISBN 978-3-16-148410-0, RFC 2606, CVE-2021-44228, 252.227-7013, v1.22.333.4444",
        "127.0.0.1, 192.0.2.9, 198.51.100.1, 203.0.113.9, 224.0.0.251, 0.0.0.0, 255.255.255.255, 172.32.0",
        "8.8.8.8 and 1.1.1.1, 2606:4700:4700::1111; Chrome 4.3.2.1; 999.1.1.1; 84.112.7.19.5",
        "::1, ::, 2001:db8::1, ff02::1, std::vector<A::B>, 12:34:56, a::b",
        "00:00:00:00:00:00, FF-FF-FF-FF-FF-FF, 00:11:22:33:44, 3c:22:fb:9a:01:7e:88",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz, bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN, 3d6f0a1b2c",
        "03/11/2025 14:30, start: 01/02/2024 10:30:00, 01/05/2025-04/11/2025, 01-02-2024 1030",
        "logo@2x.png, icon@3x.webp, logo@2x.icns, foo@bar.js, a@b.py, report@final.v2.pdf, getty@tty.service",
        "MacBook Air M2 8GB, Galaxy S24 8GB, My Cloud EX2 4TB",
        "M25, A1 paper, B2B 4ME, 1st 2nd 3rd",
    ],
)
def test_examples_and_numbers_of_other_kinds_are_left_alone(text):
    assert found(text) == []


def test_no_text_however_odd_breaks_a_check():
    for text in (
        "+" + "9" * 15,
        "1" * 35,
        "1" + "z" * 34,
        "bc1" + "q" * 71,
        "::::::::",
        "1.2.3.4.5.6.7.8",
        "a@" + "b." * 9,
    ):
        found(text)
