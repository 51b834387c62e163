"""A pasted text tried on a version, with every step shown."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from .. import moderation, policies
from ..forms import TryForm
from ..models import PolicyVersion, bodies
from ..policies import judging, proving, trying, words
from ..reviews.segments import Segment, segments
from .account import FORM_METHODS, INVALID
from .managing import found_version, manages_policies


@dataclass(frozen=True, slots=True)
class FindingView:
    """A rule or category with its number of `places`. `share` and `limit` put score and threshold on a bar of 100, None where
    there is none.
    """

    places: int
    rule: str
    reason: str
    score: float | None
    threshold: float | None
    share: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class ResultView:
    checker: str
    outcome: str
    detail: str
    milliseconds: float
    findings: list[FindingView]


@manages_policies
@sensitive_post_parameters("text", "question")
@require_http_methods(FORM_METHODS)
def try_out(request: HttpRequest, policy_id: int, number: int) -> HttpResponse:
    version = found_version(policy_id, number)
    posted = request.method == "POST"
    form = TryForm(request.POST if posted else None)
    faults = proving.rule_problems(version.definition)
    context: dict[str, Any] = {
        "section": "policies", "version": version, "policy": version.policy, "form": form, "faults": faults,
        "mode": words.MODES[version.definition["mode"]],
    }  # fmt: skip
    if posted and form.is_valid() and not faults:
        context |= _tried(version, form.cleaned_data)
    status = INVALID if posted and not form.is_valid() else 200
    return render(request, "policies/try.html", context, status=status)


def _tried(version: PolicyVersion, data: dict[str, Any]) -> dict[str, Any]:
    judging.prepare(version)
    text = bodies.clean(data["text"].replace("\r\n", "\n"))
    if data["kind"] == TryForm.QUESTION:
        asked = async_to_sync(trying.try_question)(version, text)
        return {"segments": marked(text, asked.matched), "results": results(asked.final), "outcome": asked.final.outcome,
                "question_tried": True}  # fmt: skip
    question = bodies.clean(data["question"].replace("\r\n", "\n"))
    trial = async_to_sync(trying.try_answer)(version, text, question)
    steps = [(step, [result_view(result) for result in step.results]) for step in trial.steps]
    return {
        "steps": steps, "cut": trial.cut, "segments": marked(text, trial.matched), "results": results(trial.final),
        "outcome": trial.final.outcome, "stored": trial.stored if trial.stored != text else "", "tried": True,
    }  # fmt: skip


def marked(text: str, findings: tuple[moderation.Finding, ...]) -> list[Segment]:
    return segments(text, [(each.start, each.end, each.rule) for each in findings if each.channel == "text"])


def results(judged: policies.Judged) -> list[ResultView]:
    return [result_view(result) for result in judged.results]


def result_view(result: moderation.Result) -> ResultView:
    counted = Counter((each.rule, each.reason, each.score, each.threshold) for each in result.findings)
    found = [
        FindingView(places, rule, reason, score, threshold, _share(score), _share(threshold))
        for (rule, reason, score, threshold), places in counted.items()
    ]
    return ResultView(result.checker, result.outcome, result.detail, result.milliseconds, found)


def _share(score: float | None) -> int | None:
    return None if score is None else round(min(max(score, 0), 1) * 100)
