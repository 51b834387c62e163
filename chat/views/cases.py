"""A case's page, and what a reviewer does on it. Every action names the version of the case that was on the page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import conversations, permissions, policies, reviews
from ..forms import (
    BECAUSE,
    ESCALATE,
    DecisionForm,
    NoteForm,
    RevealForm,
    TakeOverForm,
    UndoForm,
    WrongForm,
)
from ..models import Case, Category, PolicyVersion
from ..policies import suggesting, words
from . import desk
from .account import INVALID, me
from .policy_listing import endpoint_names

CONFLICT = 409
# By what the case is about. A report is about an answer that is part of the conversation.
_DONE = {
    ("answer", "release"): "Released. It is part of the conversation, and its person has been told.",
    ("answer", "uphold"): "Upheld. It stays out of the conversation, and its person has been told.",
    ("question", "release"): "Released. The model is asked, and its person has been told.",
    ("question", "uphold"): "Upheld. No model sees it, and its person has been told.",
    ("report", "release"): "It stays part of the conversation, and its person has been told.",
    ("report", "uphold"): "Taken out of the conversation, and its person has been told.",
}


@desk.reads
@require_safe
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return page(request, case_id)


@desk.reads
@require_safe
def changes(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What an open page of the case lacks that shows `version`: a line that says what has happened, else 204."""
    row = reviews.brief(me(request), case_id)
    if str(row.version) == request.GET.get("version"):
        return HttpResponse(status=204)
    sentence = reviews.what_happened(case_id).removeprefix("Nothing was changed: ")
    return render(request, "review/_changed.html", {"case": row, "sentence": sentence})


@desk.reviews_cases
@require_POST
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return page(request, case_id, INVALID, form=form)
    data = form.cleaned_data
    try:
        if data["action"] == ESCALATE:
            reviews.escalate(me(request), case_id, data["version"], data["said"])
            done = "Escalated. A senior reviewer decides."
        else:
            row = reviews.decide(
                me(request), case_id, data["action"], data["said"], data["version"], data["category"]
            )
            done = _DONE["report" if row.kind == Case.Kind.REPORTED else row.about, data["action"]]
            if row.state == Case.State.RELEASED:
                # A released first exchange names its conversation, like any other that was saved.
                conversations.entitle(row.turn)
    except reviews.Stale as refusal:
        return _stale(request, case_id, refusal, form=_again(case_id, form))
    except PermissionDenied as refusal:
        return _refused(request, case_id, refusal, _again(case_id, form))
    messages.success(request, done)
    return _back(request, case_id)


@desk.reviews_cases
@require_POST
def undo(request: HttpRequest, case_id: UUID) -> HttpResponse:
    form = UndoForm(request.POST)
    if not form.is_valid():
        return page(request, case_id, INVALID)
    try:
        reviews.undo(me(request), case_id, form.cleaned_data["version"], "Taken back within five minutes.")
    except reviews.Stale as refusal:
        return _stale(request, case_id, refusal)
    messages.success(request, "Taken back. The case is open again, and yours.")
    return _back(request, case_id)


@desk.reviews_cases
@require_POST
def claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take it; posted with `renew`, keep it (204, or 409 with who has it now); with `leave`, leave it to others."""
    if "leave" in request.POST:
        reviews.let_go(me(request), case_id)
        messages.info(request, "Left for others.")
        query = reviews.Filter.of(request.GET).query()
        return redirect(reverse("review") + (f"?{query}" if query else ""))
    try:
        if "renew" in request.POST:
            reviews.renew(me(request), case_id)
            return HttpResponse(status=204)
        reviews.claim(me(request), case_id)
    except reviews.Stale as refusal:
        if "renew" in request.POST:
            return HttpResponse(str(refusal), status=CONFLICT, content_type="text/plain; charset=utf-8")
        return _stale(request, case_id, refusal)
    return _back(request, case_id)


@desk.at_the_desk(permissions.check_is_senior)
@require_POST
def take_over(request: HttpRequest, case_id: UUID) -> HttpResponse:
    form = TakeOverForm(request.POST)
    if not form.is_valid():
        return page(request, case_id, INVALID, take_over=form)
    try:
        reviews.take_over(me(request), case_id, form.cleaned_data["reason"], form.cleaned_data["version"])
    except reviews.Stale as refusal:
        return _stale(request, case_id, refusal)
    messages.success(request, "The case is yours.")
    return _back(request, case_id)


@desk.reviews_cases
@require_POST
def note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return page(request, case_id, INVALID, note=form)
    try:
        reviews.note(me(request), case_id, form.cleaned_data["words"])
    except reviews.Stale as refusal:
        return _stale(request, case_id, refusal, note=form)
    messages.success(request, "Noted.")
    return _back(request, case_id)


@desk.reviews_cases
@require_POST
def reveal(request: HttpRequest, case_id: UUID) -> HttpResponse:
    form = RevealForm(request.POST)
    if not form.is_valid():
        return page(request, case_id, INVALID, reveal=form)
    try:
        reviews.reveal(me(request), case_id, form.cleaned_data["why"], form.cleaned_data["words"])
    except reviews.Stale as refusal:
        return _stale(request, case_id, refusal)
    return _back(request, case_id, "#held")


@desk.reviews_cases
@require_POST
def wrong(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The checker was wrong: suggest the text, as the reviewer has edited it, to the policy that has the checker."""
    form = WrongForm(request.POST)
    if not form.is_valid():
        return page(request, case_id, INVALID, wrong=form)
    data = form.cleaned_data
    try:
        policies.suggest(me(request), case_id, data["target"], data["expected"], data["text"])
    except policies.Refused as refused:
        form.add_error(None, str(refused))
        return page(request, case_id, INVALID, wrong=form)
    messages.success(request, "Suggested. Whoever sets up the policy sees it there.")
    return _back(request, case_id)


def page(
    request: HttpRequest, case_id: UUID, status: int = 200, error: str = "", **forms: Form
) -> HttpResponse:
    viewer = me(request)
    found = reviews.look(viewer, case_id)
    row = found.case
    wanted = reviews.Filter.of(request.GET)
    decision = forms.get("form") or DecisionForm(
        initial={"version": row.version, "category": row.category or Category.OTHER}
    )
    reads_policy = permissions.can_read_policies(viewer)
    context = desk.context(
        request, "case", found=found, case=row, query=wanted.query(), wanted=wanted, error=error, form=decision,
        because=BECAUSE, written=bool(status != 200 and decision.is_bound),
        take_over=forms.get("take_over") or TakeOverForm(initial={"version": row.version}),
        note=forms.get("note") or NoteForm(), reveal=forms.get("reveal") or RevealForm(),
        wrong=forms.get("wrong") or WrongForm(initial={"text": found.excerpt, "expected": expected(row)}),
        targets=suggesting.targets(row.turn.policy, found.reasons) if found.texts else [],
        versions=policies.versions_in(row.turn.policy), facts=_facts(row.turn.policy) if reads_policy else {},
    )  # fmt: skip
    return render(request, "review/case.html", context, status=status)


def expected(row: Case) -> str:
    """What the checkers should have said: of an answer that its person reported, that it does not pass."""
    return "flag" if row.kind == Case.Kind.REPORTED else "pass"


def _facts(version: PolicyVersion) -> dict[str, list[words.Fact]]:
    sections: dict[str, list[words.Fact]] = {}
    for fact in words.facts(version.definition, endpoint_names()):
        sections.setdefault(fact.section, []).append(fact)
    return sections


def _stale(request: HttpRequest, case_id: UUID, refusal: reviews.Stale, **forms: Form) -> HttpResponse:
    return page(request, case_id, CONFLICT, str(refusal), **forms)


def _refused(
    request: HttpRequest, case_id: UUID, refusal: PermissionDenied, form: DecisionForm
) -> HttpResponse:
    """By what somebody else did meanwhile, such as escalate it. A case of one's own stays out of sight."""
    return page(request, case_id, CONFLICT, f"Nothing was changed: {refusal}", form=form)


def _again(case_id: UUID, form: DecisionForm) -> DecisionForm:
    """What was written for an older version, offered for the one that is on the page now."""
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    data["version"] = str(Case.objects.values_list("version", flat=True).get(pk=case_id))
    return DecisionForm(data)


def _back(request: HttpRequest, case_id: UUID, to: str = "") -> HttpResponse:
    """To the case, in the queue that the reviewer came from."""
    query = reviews.Filter.of(request.GET).query()
    return redirect(reverse("case", args=[case_id]) + (f"?{query}" if query else "") + to)
