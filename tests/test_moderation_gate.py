"""Actions of the gate, and how results become a verdict."""

import itertools

import pytest

from chat.moderation import (
    MODES,
    Block,
    Check,
    Done,
    Finding,
    PatternChecker,
    Release,
    Result,
    Rule,
    aggregate,
    compile_rules,
    starter_pack,
)  # fmt: skip


def result(checker, outcome):
    return Result(checker, outcome)


SIZES = pytest.mark.parametrize("size", [1, 3, 17, 1000])
TEXT = "A 😀 text.\n\nWith lines. " * 5
PASS = Result("classifier", "pass")
STARTER = compile_rules(starter_pack())


def gate(mode, pattern="forbidden", kind="plain", **more):
    rule = Rule(
        name="made-up", title="A word", reason="Because.", pattern=pattern, positives=(), negatives=(),
        source="-", **more,
    )  # fmt: skip
    return PatternChecker([rule]).gate(mode, kind)


def fed(made, text, size):
    return [action for start in range(0, len(text), size) for action in made.feed(text[start : start + size])]


def flag(severity):
    return Result("classifier", "flag", (Finding("a", "b", "text", 0, 1, severity=severity),))


@SIZES
def test_post_releases_everything_at_once_and_its_candidate_is_the_whole_text(size):
    made = gate("post")
    released = fed(made, TEXT, size)
    assert released == [Release(TEXT[start : start + size]) for start in range(0, len(TEXT), size)]
    assert made.finish() == [Done(TEXT)]


@pytest.mark.parametrize("mode", MODES)
def test_nothing_comes_of_nothing_and_the_candidate_is_empty(mode):
    made = gate(mode)
    assert made.feed("") == []
    assert made.judged(1, flag("block")) == []
    assert made.finish() == [Done("")]


@SIZES
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_blocks_what_a_rule_finds_before_a_character_of_it_is_released(mode, size):
    made = gate(mode)
    actions = fed(made, "It is forbidden to say it. More", size)
    block = actions[-1]
    assert isinstance(block, Block)
    assert (block.found.rule.name, block.found.start, block.found.end) == ("made-up", 6, 15)
    assert block.candidate.startswith("It is forbidden")
    assert "".join(action.text for action in actions[:-1]) == (
        "It is " if mode == "post" and size < 15 else ""
    )
    assert made.feed("more") == made.finish() == []


@SIZES
def test_what_is_redacted_is_neither_released_nor_in_the_candidate(size):
    made = gate("post", r"[0-9]{4,9}", action="redact")
    actions = [*fed(made, "Call 12345 or 12, or 1234567890.", size), *made.finish()]
    assert "".join(action.text for action in actions[:-1]) == actions[-1].candidate
    assert actions[-1] == Done("Call [word removed] or 12, or [word removed]0.")


DEEP = "(" * 32 + ")" * 32
HIDDEN = [  # from readers of the page, by what it takes out
    "[](a(b)c)",
    "[](https://en.wikipedia.org/wiki/A_((b)_(c)))",
    f"[]({DEEP})",
    '[](a "b)c")',
    "[](a 'b)\nc' )",
    "[](a (b\\)c))",
    "[](<a)b>)",
    "[](\n> a\n> (b))",
    "[](a\\)b)",
    "\x1f",
    "*\x7f*\x02",
]


@SIZES
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_secret_that_a_page_draws_together_is_blocked_before_it_is_released(hidden, size):
    made = STARTER.gate("post", "markdown")
    before = "> " if ">" in hidden and "\n" in hidden else ""
    text = f"{before}AKIA{hidden}QE3A7VQ5LXN4TGWJ"
    actions = [*fed(made, text, size), *made.finish()]
    assert isinstance(actions[-1], Block), actions
    assert "AKIA" not in "".join(action.text for action in actions[:-1])


@SIZES
@pytest.mark.parametrize(
    "text", ["씨**발**", "ху**й**", "ху**и\u0306**", "g&ouml;t", "g**o\u0308**t", "gö\u200b**t**"]
)
def test_a_word_with_accents_that_a_page_draws_together_is_blocked_before_it_is_released(text, size):
    made = gate("post", "", "markdown", words=("göt", "хуй", "씨발"))
    actions = [*fed(made, f"{text} it is", size), *made.finish()]
    assert [type(action) for action in actions] == [Block], actions


@SIZES
@pytest.mark.parametrize("text", ["AKIA[](AK&#73;AQE3A7VQ5LXN4TGWJ", "[](AKIA[](b)QE3A7VQ5LXN4TGWJ"])
def test_what_a_page_shows_of_half_a_link_is_looked_at_too(text, size):
    made = STARTER.gate("post", "markdown")
    actions = [*fed(made, text, size), *made.finish()]
    assert isinstance(actions[-1], Block), actions


@SIZES
def test_full_releases_nothing(size):
    made = gate("full")
    assert [*fed(made, TEXT, size), *made.finish()] == [Done(TEXT)]


def windows(text, size=7, result=PASS, first=0):
    """A window gate's checks and what it releases, where each check is answered at once."""
    made = gate("window")
    asked, released, waiting = [], "", []
    for start in range(0, len(text), size):
        waiting += made.feed(text[start : start + size])
        while waiting:
            action = waiting.pop(0)
            if isinstance(action, Check):
                asked.append(action)
                waiting += made.judged(action.id, result)
            elif isinstance(action, Release):
                released += action.text
            else:
                return asked, released, action
    (done,) = made.finish()
    return asked, released, done


def test_windows_end_with_sentences_and_grow_and_each_knows_the_one_before():
    text = "".join(f"This is sentence number {number}, and it goes on a while. " for number in range(200))
    asked, released, done = windows(text)
    assert done == Done(text)
    assert released == "".join(check.text for check in asked) == text[: len(released)]
    assert all(check.text.endswith("a while. ") for check in asked)
    sizes = [len(check.text) for check in asked]
    assert 80 <= sizes[0] < 160
    assert sizes[:5] == sorted(sizes[:5])
    assert 1000 <= max(sizes) < 1100
    assert [check.before for check in asked] == ["", *(check.text for check in asked[:-1])]
    assert [check.id for check in asked] == list(range(1, len(asked) + 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["x" * 9000, "word " * 2000, "你好。" * 2000, "line\n" * 2000, 'He said "no!" And left. ' * 200]
)
def test_windows_are_the_same_whatever_the_pieces_and_never_without_end(text):
    expected = [check.text for check in windows(text, 1)[0]]
    assert expected
    assert max(map(len, expected)) <= 2000
    for size in (3, 100, 5000):
        assert [check.text for check in windows(text, size)[0]] == expected


def test_one_window_is_asked_about_at_a_time():
    made = gate("window")
    checks = fed(
        made, "A sentence that is long enough for the first of the windows, or so it seems. " * 40, 50
    )
    assert [check.id for check in checks] == [1]
    assert made.judged(2, PASS) == []
    release, check = made.judged(1, PASS)
    assert (release, check.id) == (Release(checks[0].text), 2)


@pytest.mark.parametrize("result", [Result("classifier", "error"), flag("hold")])
def test_a_window_that_does_not_pass_is_the_last_one_and_the_answer_goes_on_unseen(result):
    text = "A sentence that is long enough for the first of the windows, or so it seems. " * 40
    asked, released, done = windows(text, result=result)
    assert (len(asked), released, done) == (1, "", Done(text))


def test_a_window_that_is_flagged_to_be_blocked_ends_the_answer():
    asked, released, block = windows(
        "A sentence that is long enough for the first of the windows. " * 9, result=flag("block")
    )
    assert (len(asked), released) == (1, "")
    assert isinstance(block, Block)
    assert block.found is None


@pytest.mark.parametrize("mode", ["post", "window"])
def test_what_readers_have_already_is_looked_at_and_not_released_again(mode):
    made = gate(mode)
    assert made.resume("It is for") == len("It is ")
    (block,) = made.feed("bidden")
    assert (block.candidate, block.found.start) == ("It is forbidden", 6)


@pytest.mark.parametrize(
    ("required", "results", "verdict"),
    [
        ([], [], "unchecked"),
        ([], ["a pass"], "unchecked"),
        ([], ["a flag"], "flagged"),
        (["a"], [], "unchecked"),
        (["a"], ["a pass"], "pass"),
        (["a"], ["a error"], "unchecked"),
        (["a"], ["a flag"], "flagged"),
        (["a"], ["b pass"], "unchecked"),
        (["a", "b"], ["a pass"], "unchecked"),
        (["a", "b"], ["a pass", "b pass"], "pass"),
        (["a", "b"], ["a pass", "b error"], "unchecked"),
        (["a", "b"], ["a flag", "b error"], "flagged"),
        (["a", "b"], ["a flag"], "flagged"),
        (["a"], ["a pass", "b pass"], "pass"),
        (["a"], ["a pass", "b flag"], "flagged"),
        (["a"], ["a pass", "b error"], "unchecked"),
        (["a"], ["a pass", "a error"], "unchecked"),
        (["a"], ["a pass", "a flag"], "flagged"),
        (["a", "a"], ["a pass"], "pass"),
        (["a"], ["a unheard-of"], "unchecked"),
    ],
)
def test_the_verdict_of_results(required, results, verdict):
    assert aggregate(required, [result(*each.split()) for each in results]) == verdict


def test_only_all_passes_of_all_required_make_a_pass():
    for outcomes in itertools.product(("pass", "flag", "error", None), repeat=3):
        given = [result(name, outcome) for name, outcome in zip("abc", outcomes, strict=True) if outcome]
        expected = "flagged" if "flag" in outcomes else "pass" if set(outcomes) == {"pass"} else "unchecked"
        assert aggregate("abc", given) == expected
        assert aggregate("abc", given[::-1]) == expected


@pytest.mark.parametrize("link", ["[a word](https://example.com/{n})", "[a word][{n}]", "[] and ]({n})"])
def test_links_keep_nothing_back_however_many_come_at_once(link: str) -> None:
    text = (
        "".join(f"Look at {link.format(n=n)}, and then go on.\n\n| a | b |\n" for n in range(60)) + "The end."
    )
    for size in (len(text), 300, 7):
        going = STARTER.gate("post", "markdown")
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        shown = "".join(action.text for piece in pieces for action in going.feed(piece))
        assert shown == text[: len(shown)]
        assert len(text) - len(shown) < 10, size
