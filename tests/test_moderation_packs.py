"""Every pack proves itself, and none of them has anything to say about an ordinary answer."""

import random
import re
import unicodedata

import pytest

from chat.moderation import compile_rules, prove, starter_pack
from chat.moderation.packs import PACKS, national, profanity, vendors
from tests.material import ROOT, load
from tests.moderation_numbers import told

ALL = [rule for pack in PACKS.values() for rule in pack.rules]
EVERYTHING = compile_rules(ALL)
STARTER = compile_rules(starter_pack())
HIDDEN = compile_rules(PACKS["hidden"].rules)
ENTRIES = {language: profanity.words(language) for language in profanity.LANGUAGES}


@pytest.mark.slow
@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.name)
def test_every_rule_of_a_pack_finds_its_positives_and_leaves_its_negatives(pack):
    assert pack.rules
    assert prove(compile_rules(pack.rules)) == []


def test_all_packs_go_together_and_only_the_starter_is_on_by_itself():
    assert len({rule.name for rule in ALL}) == len(ALL) > 150
    assert [pack.name for pack in PACKS.values() if pack.default] == ["starter"]
    assert PACKS["starter"].rules == starter_pack()
    for name, pack in PACKS.items():
        assert name == pack.name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert pack.title
        assert pack.description.endswith(".")
        assert pack.rules is pack.rules


def test_what_is_taken_out_is_said_to_be():
    for pack in PACKS.values():
        redacts = {rule.action for rule in pack.rules} == {"redact"}
        assert redacts == ("is taken out" in pack.description), pack.name


def test_every_rule_says_what_it_found_and_names_a_source():
    for rule in ALL:
        assert rule.title[0].isupper(), rule.name
        assert rule.reason.endswith("."), rule.name
        assert len(rule.source) > 5, rule.name
        assert rule.label.startswith("["), rule.name


@pytest.mark.slow
@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.name)
def test_letters_that_differ_from_ascii_in_case_alone_break_no_check(pack):
    # Where case does not matter RE2 takes the long s for an s and the Kelvin sign for a k.
    checker = compile_rules(pack.rules)
    for rule in pack.rules:
        for text in rule.positives:
            for at in [at for at, char in enumerate(text) if char.isalpha()][:20]:
                for odd in "\u017f\u212a":
                    result = checker.scan({"text": text[:at] + odd + text[at + 1 :]})
                    assert result.outcome != "error", (rule.name, text, result.detail)


@pytest.mark.slow
def test_no_text_however_odd_breaks_a_check():
    chance = random.Random(5)
    positives = [text for rule in ALL for text in rule.positives]
    for _ in range(1_000):
        text = list(chance.choice(positives))
        for _ in range(chance.randint(1, 5)):
            at = chance.randint(0, len(text))
            odd = chance.choice("\u017f\u212a\u200b\u0301éа٤🅰\u202e\x08\ud8000123456789ABKSabks.-:/ @+")
            text[at : at + chance.choice([0, 1, 1])] = chance.choice(
                [[odd], [], list(chance.choice(positives))[:20]]
            )
        result = EVERYTHING.scan({"text": "".join(text)})
        assert result.outcome != "error", (ascii("".join(text)), result.detail)


@pytest.mark.slow
def test_the_shared_real_answers_trip_no_rule_of_any_pack():
    texts = [value for case in load("3-markdown/open_llm_answers.jsonl") for value in case.values()]
    for case in load("1-streams/cases.jsonl"):
        texts += [case["expected"].get(channel) for channel in ("text", "reasoning", "refusal")]
    texts = [text for text in texts if isinstance(text, str)]
    assert sum(map(len, texts)) > 40_000
    assert [found for text in texts for found in EVERYTHING.scan({"text": text}).findings] == []


@pytest.mark.parametrize(
    "text",
    [
        "Order 1234567890, invoice INV-2024-000123, build 20240131.1530, PR #45678, SKU AB-1234-C.",
        "On 2024-01-31 at 15:30:45 UTC (1706715045, or 1706715045123 in ms), 31.01.2024, 01/31/2024.",
        "π = 3.14159265358979, e = 2.718281828459045, 6.02214076e23, 0xDEADBEEF, 1,234,567.",
        "Commit 3f786850e387550fdab836ed7e6dc881de23001b, uuid 123e4567-e89b-12d3-a456-426614174000.",
        "ISBN 978-3-16-148410-0, DOI 10.1000/182, RFC 9110, ISO 8601-1:2019, CVE-2021-44228.",
        "pip install django==5.2.19 requires Python >=3.11; node v20.11.1; kernel 6.1.0-18-amd64.",
        "A: 100, B: 200; (1) first, (2) second; x[0] = y[1]; 16x16; 1080p; 4K; 8 GB; 1e-9.",
        "Я думаю, что это хорошо: раз, два, три. Он сам там был, а она тут.",
        "Το βιβλίο είναι εδώ και το άλλο εκεί. ΝΑΙ, ΟΧΙ.",
        "我想上网查一下，她妈妈的手机在今日新闻里。杂交种子和飞机巴士。",
        "グローバルなフックとスリットを挿入する。女の子が嫌いな色。",
        "Ich bin am Abend da, bitte. Con calma. El coche de papá. Un pot de miel.",
    ],
)
def test_ordinary_texts_trip_no_rule_of_any_pack(text):
    found = EVERYTHING.scan({"text": text}).findings
    assert [(each.rule, text[each.start : each.end]) for each in found] == []


@pytest.mark.parametrize(
    "text",
    [
        "Contents of /etc/passwd:\n\n```\nroot:x:0:0:root:/root:/bin/bash\n```",
        "`getent passwd`:\n\n```\nnobody:*:-2:-2:Unprivileged1\n```",
        "$ env\nPWD=/home/alice/app2\nOLDPWD=/var/lib/Jenkins/ws2\nPWD=C:/Users/Alice/app2\nPWD=~/Work/app2",
        "Output of `pwd`:\n\n```\n/home/alice/app2",
        "Output of `pwd`:\n\n```\ngreta@Web7:~$ ls",
        "Change your password: <https://support.google.com/accounts/answer/41078>",
        "Forgot the password: accounts.google.com/Signin/v2/recovery",
        "Kennwort: mindestens-8-Zeichen. Password: At-least-12-Characters",
        "Passwort: 2024-05-06T10:30Z, password: 2024-05-06T10:30:00+02:00, password: 06.05.2024T10:30.",
    ],
)
def test_what_only_stands_where_a_password_would_is_none(text):
    assert told(STARTER, text) == (set(), set())


@pytest.mark.parametrize(
    "text",
    [
        "password: tR7#mPq9vL2x",
        "Password:\n\n```\ntR7#mPq9vL2x\n```",
        "PWD=k3Vt8Qw!Z9sL",
        "DB_PASSWD: 'k3Vt8Qw!Z9sL'",
        "password: hydrog-Kucvy7-worbix",
        "password: k3Vt-8QwZ-9sLm",
        "password: 2024-05-06!Greta",
        "password: Xk/9:Qw2:Rm3",
    ],
)
def test_a_password_is_found_whatever_signs_are_in_it(text):
    assert told(STARTER, text) == ({"password"}, {"password"})


CARRIERS = "\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a\u202c\u2066\u2069\u206a\u206f\u3164\uffa0"


@pytest.mark.parametrize("carrier", CARRIERS, ids=ascii)
def test_a_run_of_an_invisible_character_is_found(carrier):
    assert told(HIDDEN, f"a{carrier * 12}b") == ({"invisible-run"}, {"invisible-run"})
    assert told(HIDDEN, "a" + f"{carrier}\u200d" * 6) == ({"invisible-run"}, {"invisible-run"})


@pytest.mark.parametrize(
    "text",
    [
        "שלום\u200f! \u200eC++\u200e \u2067abc\u2069 \u202bשלום\u202c",
        "قال\u061c: \u200f«نعم»\u200f می\u200cخواهم",
        "\u2067א\u2068b\u2067ג\u2069\u2069\u2069",
        "ស្រ\u17b4ី ក\u17b5",
        "\u115f\u1161 \u115f\u1160\u11a8\u115f\u1160\u11ab 이름:\u3164 ㄱ\uffa0ㄴ",
    ],
)
def test_invisible_characters_that_a_script_needs_are_left_alone(text):
    assert told(HIDDEN, text) == (set(), set())


def test_each_country_has_rules_of_its_own_and_each_rule_a_country():
    by_country = national.by_country()
    assert all(by_country.values())
    assert {rule.name[:2] for rules in by_country.values() for rule in rules} == set(national.COUNTRIES)


def test_a_number_that_needs_its_name_beside_it_is_found_with_it_alone():
    assert EVERYTHING.scan({"text": "AB1234567 and 912803456x"}).outcome == "pass"
    found = EVERYTHING.scan({"text": "Her passport number is AB1234567."}).findings
    assert "uk-passport" in {each.rule for each in found}
    assert EVERYTHING.scan({"text": "Passport control 1\nAB1234567"}).outcome == "pass"


def test_examples_of_vendors_keys_are_made_up_of_every_part():
    for rule in vendors.RULES:
        (example,) = rule.positives
        assert re.fullmatch(rule.pattern.replace(r"\b", ""), example, re.ASCII), rule.name


def test_the_lists_have_thousands_of_entries_each_written_once():
    assert sum(map(len, ENTRIES.values())) > 2_000
    for language, entries in ENTRIES.items():
        assert len({entry.casefold() for entry in entries}) == len(entries), language
        assert all(entry == unicodedata.normalize("NFC", entry.strip()) for entry in entries), language


def test_what_is_left_out_of_the_lists_is_written_down_and_is_not_in_them():
    text = (ROOT / "chat/moderation/packs/profanity/left-out.txt").read_text(encoding="utf-8")
    rows = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert rows.keys() <= ENTRIES.keys()
    for language, left in rows.items():
        assert not {entry.casefold() for entry in ENTRIES[language]} & set(left.split(", ")), language


def test_the_documentation_lists_every_rule_with_its_pack():
    text = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.fullmatch(r"\| `[^`]+` \| [^|]+ \| `[^`]+` \|", line)]
    assert rows == [
        f"| `{rule.name}` | {rule.title} | `{pack.name}` |" for pack in PACKS.values() for rule in pack.rules
    ]


@pytest.mark.parametrize("page", ["packs.md", "moderation.md"])
def test_the_documentation_lists_every_pack(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z-]+…?)` \|", text, re.MULTILINE))
    groups = {re.sub(r"^(national|profanity)-.*", r"\1-…", name) for name in PACKS}
    assert groups <= named
    assert f"{sum(name.startswith('national-') for name in PACKS)} countries" in text
    assert f"{sum(name.startswith('profanity-') for name in PACKS)} languages" in text


def test_where_the_lists_come_from_and_their_licence_are_named_beside_them():
    text = (ROOT / "chat/moderation/packs/profanity/NOTICE.md").read_text(encoding="utf-8")
    assert "LDNOOBW" in text
    assert "Creative Commons Attribution 4.0" in text


@pytest.mark.parametrize("text", ["he said “Bullshit”!", "BULL\u0301SHIT", "bullѕhit", "一个王八蛋来了"])
def test_a_word_of_a_list_is_found_in_any_case_and_disguise_and_inside_a_script_without_spaces(text):
    rules = [*PACKS["profanity-en"].rules, *PACKS["profanity-zh"].rules]
    assert len(compile_rules(rules).scan({"text": text}).findings) == 1
