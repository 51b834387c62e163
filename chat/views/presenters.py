"""Turns as templates see them."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse

from .. import conversations, markdown, policies, turns, wire
from ..models import Conversation, Finish, Kind, Status, Turn, User, bodies
from ..policies import words
from ..turns import reading
from . import reviewing
from .documents import CallView, DocumentView, call_view, document_view
from .picking import picked
from .writers import writers

NOBODY: Mapping[int, str] = MappingProxyType({})
_NOTHING = bodies.channels("")
_INSTRUCTED = {Kind.CONTINUE, Kind.REPAIR}


@dataclass(slots=True)
class TurnView:
    """One turn: its question, its answer as safe HTML and as Markdown, and what may be done with it.

    `html` is the text's, `refusal` the refusal's; `text` is both, to copy. `thought` is the line over the reasoning. `writer` is
    named where another assistant answers in the conversation now. `document`: what there is to say of an answer with a
    shape. `told`: what the model was told for a repair. `waits`: why a running answer's text is not seen at once.
    `review`: what a reviewer has to do with it (`reviewing.py`), `category` why it was kept back, in words.
    """

    id: UUID
    parent: UUID | None
    kind: str
    shaped: bool
    question: str
    state: str
    waits: str
    html: str
    refusal: str
    text: str
    reasoning: str
    thought: str
    calls: list[CallView]
    document: DocumentView | None
    told: str
    writer: str
    left_out: int
    finish: str
    sentence: str
    provider_text: str
    reference: str
    hold_kind: str
    about: str
    review: str
    category: str
    position: int
    count: int
    previous: UUID | None
    next: UUID | None
    can_edit: bool
    can_retry: bool
    can_continue: bool
    can_repair: bool
    can_report: bool

    @property
    def running(self) -> bool:
        return self.state in {"streaming", "moderating"}

    @property
    def stamp(self) -> str:
        """Another wherever an answer that has ended would look different; a running one is followed by its stream."""
        if self.running:
            return "running"
        words = [self.state, self.hold_kind, self.review, self.category.replace(",", ""), str(self.position)]
        return ".".join([*words, str(self.count)])


def changes(
    conversation: Conversation,
    first: UUID | None,
    leaf: UUID | None,
    stamps: list[str],
    *,
    apart: bool = False,
) -> dict[str, Any] | None:
    """What a page lacks that shows the turns from `first` to `leaf` with these stamps, for `_changes.html`. `apart`: it
    does not go on to the end of the conversation.

    `whole`: all turns, another branch is shown now; else `changed` answers that look different, and `fresh` turns that
    come after. None when nothing is lacking.
    """
    known = reading.outline(conversation, first, leaf, apart=apart)
    if known is None or known[0] != len(stamps):
        return turns_context(conversation) | {"whole": True}
    count, answers = known
    # What is running is followed, to its end, by its own stream.
    changed = [
        answer.turn
        for answer, stamp in zip(answers[:count], stamps, strict=True)
        if stamp not in {"running", turn_view(answer).stamp}
    ]
    fresh = [full(conversation, answer.turn) for answer in answers[count:]]
    if not changed and not fresh:
        return None
    return {
        "conversation_id": conversation.pk,
        "changed": [full(conversation, turn) for turn in changed],
        "fresh": fresh,
        "leaf": conversation.leaf_id,
        "new_turn": uuid4(),
    }


def full(conversation: Conversation, turn: Turn) -> TurnView:
    """The turn, whose row has just been read, with its texts and its siblings."""
    return turn_view(turns.siblings(turn, own=True), writers(conversation, [turn]))


def turn_view(answer: turns.Answer, writers: Mapping[int, str] = NOBODY) -> TurnView:
    """`writers`: the names to tell, by the versions that wrote."""
    turn = answer.turn
    state = turns.page_state(turn.status)
    running = turn.status in turns.RUNNING
    visible = turn.status in turns.SHOWN
    said = _NOTHING | (answer.body or {}) if visible else _NOTHING
    place = answer.siblings.index(turn.pk)
    case = None if running else getattr(turn, "case", None)
    incomplete = turn.finish in {Finish.LENGTH, Finish.STOPPED, Finish.BROKEN}
    document = document_view(said["text"], answer.schema) if turn.shaped and said["text"] else None
    return TurnView(
        id=turn.pk,
        parent=turn.parent_id,
        kind=turn.kind,
        shaped=turn.shaped,
        # A continuation's or a repair's question is an instruction of ours, which nobody wrote.
        question="" if turn.kind in _INSTRUCTED else answer.question,
        state=state,
        waits=words.WAITS[policies.mode_of(turn)] if running else "",
        told=answer.question if turn.kind == Kind.REPAIR else "",
        html=document.html if document else markdown.render(said["text"]) if said["text"] else "",
        refusal=markdown.render(said["refusal"]) if said["refusal"] else "",
        text="\n\n".join(part for part in (said["text"], said["refusal"]) if part),
        reasoning=said["reasoning"],
        thought=wire.thought(turn.thought),
        calls=[call_view(call) for call in said["tool_calls"]],
        document=document,
        writer="" if running else writers.get(turn.assistant_version_id or 0, ""),
        left_out=turn.left_out if visible else 0,
        finish=turn.finish,
        sentence=turn.sentence if visible else "",
        provider_text=turn.provider_text if visible else "",
        reference=case.reference if case and state == "held" else "",
        hold_kind=turn.hold_kind if turn.status == Status.HELD else "",
        about=case.about if case and state == "held" else "",
        review=reviewing.of_turn(turn, case),
        category=reviewing.category_of(turn, case),
        position=place + 1,
        count=len(answer.siblings),
        previous=answer.siblings[place - 1] if place else None,
        next=answer.siblings[place + 1] if place + 1 < len(answer.siblings) else None,
        # Also while it runs: the question stays as it is on the page when its answer ends. The style hides it till then.
        can_edit=turn.kind not in _INSTRUCTED,
        can_retry=not running,
        can_continue=bool(said["text"]) and incomplete and not turn.shaped,
        can_repair=document is not None and bool(document.problem) and not said["refusal"],
        can_report=reviewing.can_report(turn, case) and bool(answer.body),
    )


def turns_context(
    conversation: Conversation | None, before: UUID | None = None, stretch: turns.Stretch | None = None
) -> dict[str, Any]:
    """What `_turns.html` and the composer need: a page of the branch, or the stretch, and ids for the turn that comes
    next.
    """
    if stretch:
        answers, first = stretch.answers, stretch.earlier
    else:
        answers, first = turns.branch(conversation, before, own=True) if conversation else ([], None)
    names = writers(conversation, [answer.turn for answer in answers]) if conversation else {}
    views = [turn_view(answer, names) for answer in answers]
    leaf = conversation.leaf_id if conversation else None
    running = next((view for view in reversed(views) if view.running), None)
    return {
        "conversation": conversation,
        "conversation_id": conversation.pk if conversation else uuid4(),
        "turns": views,
        "stretch": stretch if stretch and stretch.apart else None,
        "earlier": f"{reverse('conversation', args=[conversation.pk])}?before={first}"
        if conversation and first
        else None,
        "running": running,
        "leaf": leaf or "",
        "new_turn": uuid4(),
    }


def page_context(
    person: User,
    conversation: Conversation | None,
    stretch: turns.Stretch | None = None,
    wanted: str | None = None,
) -> dict[str, Any]:
    """What the whole chat page needs; `wanted` is the assistant that the person has just chosen."""
    current = conversation.pk if conversation else None
    return (
        turns_context(conversation, stretch=stretch)
        | sidebar_context(person, current)
        | picked(person, conversation, wanted)
    )


def sidebar_context(
    person: User, current: UUID | None, before: str | None = None, count: int = 0
) -> dict[str, Any]:
    """A page of the list, beside the conversation `current`. `sidebar_version` is another wherever it would look
    different.
    """
    groups, more = conversations.sidebar(person, before, count)
    looks = []
    for label, items in groups:
        for item in items:
            if item.pk == current:  # its page says it
                item.mark = ""  # type: ignore[attr-defined]
            looks.append((label, item.pk, item.title, item.active_at, item.mark))  # type: ignore[attr-defined]
    version = zlib.crc32(repr((current, looks, more)).encode())
    return {"sidebar": groups, "sidebar_more": more, "sidebar_version": f"{version:x}"}
