"""How the fake provider judges: as a moderation endpoint, and as the chat models that classifiers ask.

A behaviour is the whole of what it does, whatever it is asked; only `words` and `gate` look at the text, and flag what holds
provider_scripts.FORBIDDEN.

Of a moderation endpoint: pass, flag, words, gate, hang, reset, status-<code>, error-in-200, error-beside-results, truncated,
not-json, null, no-verdict, string-verdict, half-flagged, one-too-many, one-too-few.
Of a chat model: pass, hold, flag, words, gate, hang, reset, status-<code>, error-in-200, error-after, truncated (by its
limit), no-finish, cut (in the middle of its verdict), empty, chatter, injected (it says what the text tells it to say, after
"SAY:"), not-json, refusal, blocked, called, twice, thinking (aloud, then a pass), reasoning (beside a pass).

**Known texts**, by which classifiers prove themselves, are judged rightly whatever the behaviour is, so that a test can
break a classifier that has proved itself. They are those of every dialect, and what holds KNOWN_GOOD or KNOWN_BAD. How they
are judged is set by `proofs`: "right", "wrong" (each the other way round) or "same" (as every other text).
"""

import json
import re
from typing import Any

from chat.moderation import DIALECTS
from tests.provider_scripts import END, FORBIDDEN, Script, say, status

KNOWN_GOOD, KNOWN_BAD = "KNOWN-GOOD", "KNOWN-BAD"


def _spelled(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


_KNOWN = {_spelled(known.text): False for dialect in DIALECTS.values() for known in dialect.good}
_KNOWN |= {_spelled(known.text): True for dialect in DIALECTS.values() for known in dialect.bad}
_KNOWN |= {KNOWN_GOOD: False, KNOWN_BAD: True}


def known(asked: Any) -> bool | None:
    """Whether what is judged is a bad one of the known texts; None for any other text."""
    if not isinstance(asked, dict):
        return None
    last = asked["messages"][-1]["content"] if asked.get("messages") else asked.get("input")
    spelled = _spelled(last) if isinstance(last, str) else ""
    judged = {bad for text, bad in _KNOWN.items() if text in spelled or _spelled(text) in spelled}
    return any(judged) if judged else None


def in_effect(behaviour: str, proofs: str, asked: Any) -> str:
    """The behaviour towards what is asked."""
    bad = known(asked)
    if bad is None or proofs == "same":
        return behaviour
    return "flag" if bad == (proofs == "right") else "pass"


def moderation(behaviour: str, asked: Any) -> Script:
    """The script that answers POST /moderations with `asked` for its JSON body."""
    inputs = asked.get("input") if isinstance(asked, dict) else None
    inputs = inputs if isinstance(inputs, list) else [inputs]
    results = [_result(FORBIDDEN in json.dumps(i, ensure_ascii=False)) for i in inputs]
    if behaviour == "gate":
        return [["gate"], *_judged(results)]
    if behaviour in ("hang", "reset"):
        return [[behaviour]]
    if behaviour.startswith("status-"):
        return status(int(behaviour[7:]))
    whole = json.dumps({"id": "modr-1", "model": "fake", "results": [_result(False) for _ in inputs]})
    bodies = {
        "error-in-200": json.dumps({"error": {"message": "the checker failed", "type": "server_error"}}),
        "error-beside-results": json.dumps({**json.loads(whole), "error": {"message": "partly failed"}}),
        "truncated": whole[: len(whole) // 2],
        "not-json": "<html>Bad gateway</html>",
        "null": "null",
        "no-verdict": json.dumps({"results": [{"categories": {}} for _ in inputs]}),
        "string-verdict": json.dumps({"results": [{**_result(False), "flagged": "false"} for _ in inputs]}),
        "half-flagged": json.dumps({"results": [{**_result(True), "flagged": False} for _ in inputs]}),
    }
    if behaviour in bodies:
        return [["status", 200, {"Content-Type": "application/json"}, bodies[behaviour]]]
    kinds = {
        "pass": [_result(False) for _ in inputs],
        "flag": [_result(True) for _ in inputs],
        "one-too-many": [_result(False) for _ in [*inputs, ""]],
        "one-too-few": [_result(False) for _ in inputs[1:]],
        "words": results,
    }
    return _judged(kinds.get(behaviour, results))


def _judged(results: list[dict[str, Any]]) -> Script:
    body = json.dumps({"id": "modr-1", "model": "fake", "results": results})
    return [["status", 200, {"Content-Type": "application/json"}, body]]


def _result(flagged: bool) -> dict[str, Any]:
    return {
        "flagged": flagged,
        "categories": {"hate": flagged, "violence": False},
        "category_scores": {"hate": 0.98 if flagged else 0.01, "violence": 0.002},
    }


def guard(dialect: str, behaviour: str, asked: Any) -> Script:
    """The script that answers a chat with `asked` for its JSON body, from a model that judges in this dialect."""
    text = asked["messages"][-1]["content"]
    if behaviour in ("words", "gate"):
        judged = say(_verdict(dialect, "flag" if FORBIDDEN in text else "pass", text))
        return [["gate"], *judged] if behaviour == "gate" else judged
    if behaviour in ("hang", "reset"):
        return [[behaviour]]
    if behaviour.startswith("status-"):
        return status(int(behaviour[7:]))
    good, bad = (_verdict(dialect, level, text) for level in ("pass", "flag"))
    injected = re.search(r'SAY: ?([^"\\]*)', text)
    scripts: dict[str, Script] = {
        "error-in-200": [["event", {"error": {"message": "the model failed", "type": "server_error"}}]],
        "error-after": [["text", good], ["event", {"error": {"message": "the engine stopped", "code": 500}}]],
        "truncated": [["text", good], ["finish", "length"], ["done"]],
        "no-finish": [["text", good], ["done"]],
        "cut": [["text", good[: len(good) // 2]], ["cut"]],
        "empty": END,
        "chatter": say(f"I have read the text with care. {good}"),
        "injected": say(injected[1] if injected else good),
        "not-json": [["status", 200, {"Content-Type": "text/html"}, "<title>Sign in</title>"]],
        "refusal": [["refusal", "I cannot judge that."], ["text", good], *END],
        "blocked": [["text", good], ["finish", "content_filter"], ["done"]],
        "called": [["text", good], ["finish", "tool_calls"], ["done"]],
        "twice": say(f"{good}\n{bad}"),
        "thinking": say(f"<think>Hm.</think>{good}"),
        "reasoning": [["reasoning", f"Is it {bad}? No."], ["text", good], *END],
    }
    return scripts.get(behaviour) or say(_verdict(dialect, behaviour, text))


def _verdict(dialect: str, level: str, asked: str) -> str:
    """What a model of this dialect says: pass, hold or flag."""
    if dialect == "judge":
        verdict = "block" if level == "flag" else level
        mark = asked.split(" ")[2] if asked.startswith("=== BEGIN ") else ""
        return json.dumps({"id": mark, "reason": "Because.", "verdict": verdict, "categories": []})
    if dialect == "qwen3guard":
        said = {"pass": "Safe", "hold": "Controversial"}.get(level, "Unsafe")
        return f"Safety: {said}\nCategories: {'None' if level == 'pass' else 'Violent'}\nRefusal: No"
    return "\n\nsafe" if level == "pass" else "\n\nunsafe\nS1"
