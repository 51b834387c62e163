"""A conversation's tree of turns, read as the branch that leads to its leaf."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from ..models import AssistantVersion, Candidate, Conversation, Kind, Message, Role, Status, Turn, bodies
from ..models.prepared import Select
from . import repairing
from .budget import EACH, Budget, Context, correction, tokens
from .states import SHOWN

PAGE = 20  # turns a page shows before it offers the earlier ones

# An answer of these states is what the model said before; of any other the question alone remains.
_IN_CONTEXT = {Status.SAVED, Status.STOPPED}
# A turn of these kinds is about the answer above it, whatever that ended as.
_ABOUT = {Kind.CONTINUE, Kind.REPAIR}


_children = Select(
    lambda slot: (
        Turn.objects.filter(conversation=slot("conversation"), parent=slot("parent"))
        .order_by("created_at", "pk")
        .values_list("pk", flat=True)
    )
)
_first_turns = Select(
    lambda slot: (
        Turn.objects.filter(conversation=slot("conversation"), parent=None)
        .order_by("created_at", "pk")
        .values_list("pk", flat=True)
    )
)
_messages = Select(lambda slot: Message.objects.filter(turn=slot("turn")))


@dataclass(slots=True)
class Answer:
    """A turn with its texts (`body` None: no message) and its place among its siblings, oldest first. `schema`: what an
    answer with a shape has to fit. `question` is "" where it is a repair's, and quotes a document that is not shown.
    """

    turn: Turn
    question: str
    body: dict | None
    siblings: list[UUID]
    schema: dict | None = None


def branch(
    conversation: Conversation, before: UUID | None = None, count: int = PAGE, *, own: bool = False
) -> tuple[list[Answer], UUID | None]:
    """Up to `count` turns of the branch, oldest first, that come before the turn `before` (or end at the leaf).

    The second value is the first turn returned when there are earlier ones, else None. Two queries.
    """
    parents, children = tree(conversation)
    path: list[UUID] = []
    place = parents.get(before) if before else conversation.leaf_id
    while place is not None and len(path) <= count:
        path.append(place)
        place = parents.get(place)
    more = len(path) > count
    path = path[:count][::-1]
    answers = answers_of(path, {key: children[parents[key]] for key in path}, own=own)
    return answers, (path[0] if more else None)


def outline(
    conversation: Conversation, first: UUID | None, leaf: UUID | None, *, apart: bool = False
) -> tuple[int, list[Answer]] | None:
    """The branch from the turn `first` to its end, without any text, and how many of these lead down to `leaf`.

    None where the way from `first` to `leaf` is not on it: another branch is shown now. `apart`: it ends at `leaf`,
    whatever branch is shown. Two queries.
    """
    parents, children = tree(conversation)
    path: list[UUID] = []
    place = leaf if apart else conversation.leaf_id
    while place is not None:
        path.append(place)
        if place == first:
            break
        place = parents.get(place)
    path.reverse()
    if not path or path[0] != first or leaf not in path:
        return None
    found = Turn.objects.select_related("case").in_bulk(path)
    answers = [Answer(found[key], "", None, children[parents[key]]) for key in path]
    return path.index(leaf) + 1, answers


def siblings(turn: Turn, *, own: bool = False) -> Answer:
    """The turn, whose row has just been read, with its texts and its siblings. `own` as for `answers_of`."""
    if turn.parent_id is None:
        ids = _first_turns(conversation=turn.conversation_id)
    else:
        ids = _children(conversation=turn.conversation_id, parent=turn.parent_id)
    return answers_of([turn.pk], {turn.pk: ids}, {turn.pk: turn}, own=own)[0]


def question_of(turn: Turn) -> str:
    """What its person wrote, or what was said in their place; "" where that is not stored any more, or not yet, or quotes
    what is not shown.
    """
    if _quoting([turn], {}):
        return ""
    found = [message for message in _messages(turn=turn.pk) if message.role == Role.USER and message.body]
    return str(bodies.channels(found[0].body)["text"]) if found else ""


def deepest(turn: Turn) -> UUID:
    """The newest descendant along the newest children: where selecting this turn leads."""
    return end_below(tree(turn.conversation)[1], turn.pk)


def end_below(children: Mapping[UUID | None, list[UUID]], place: UUID) -> UUID:
    """The end of the branch along the newest children."""
    while below := children.get(place):
        place = below[-1]
    return place


def context(turn: Turn, budget: Budget) -> Context:
    """What the model is sent, the oldest exchanges left out past the budget.

    The question itself is always there. A held, failed or withdrawn answer is left out and its question kept;
    an answer that is being continued or repaired is kept if it failed, too. What the provider counted for the last
    answer of the branch corrects our own estimate.
    """
    parents = tree(turn.conversation)[0] if turn.parent_id else {}
    path: list[UUID] = []
    place: UUID | None = turn.pk
    while place is not None:
        path.append(place)
        place = parents.get(place)
    kept: list[dict[str, str]] = []
    count, size, factor = 0, 0.0, 1.0
    instructions = [{"role": "system", "content": budget.instructions}] if budget.instructions else []
    for start in range(0, len(path), PAGE):
        page = path[start : start + PAGE]
        answers = {a.turn.pk: a for a in answers_of(page, {}, {turn.pk: turn})}
        if start == 0:
            found = (correction(answers[key].turn.usage) for key in page[1:])
            factor = next((each for each in found if each), 1.0)
            size = budget.size([budget.instructions] if instructions else [], factor)
        for key in page:
            exchange = _exchange(answers[key], continued=key == turn.parent_id and turn.kind in _ABOUT)
            more = budget.size([part["content"] for part in exchange], factor)
            if size + more > budget.limit and kept:
                break
            kept, size, count = exchange + kept, size + more, count + 1
        if count < start + len(page):
            break
    messages = instructions + kept
    estimated = sum(tokens(part["content"]) + EACH for part in messages)
    return Context(messages, len(path) - count, size, estimated)


def _exchange(answer: Answer, *, continued: bool) -> list[dict[str, str]]:
    # A repair's own quotes what is not shown any more: the model is asked without that.
    question = answer.question or (repairing.AGAIN if answer.turn.kind == Kind.REPAIR else "")
    if not question:
        return []  # it was held, or has been erased
    exchange = [{"role": "user", "content": question}]
    said = SHOWN if continued else _IN_CONTEXT
    if answer.body and answer.body["text"] and answer.turn.status in said:
        exchange.append({"role": "assistant", "content": answer.body["text"]})
    return exchange


def tree(conversation: Conversation) -> tuple[dict[UUID, UUID | None], dict[UUID | None, list[UUID]]]:
    """The parent of each turn, and the children of each, oldest first."""
    rows = (
        Turn.objects.filter(conversation=conversation)
        .order_by("created_at", "pk")
        .values_list("pk", "parent_id")
    )
    parents: dict[UUID, UUID | None] = dict(rows)
    children: dict[UUID | None, list[UUID]] = {}
    for key, parent in parents.items():
        children.setdefault(parent, []).append(key)
    return parents, children


def path_to(parents: Mapping[UUID, UUID | None], place: UUID | None) -> list[UUID]:
    """The turns that lead to one, from the first of the conversation on."""
    path: list[UUID] = []
    while place is not None:
        path.append(place)
        place = parents.get(place)
    return path[::-1]


def answers_of(
    path: list[UUID], siblings: dict[UUID, list[UUID]], known: Mapping[UUID, Turn] = MappingProxyType({}),
    *, own: bool = False,
) -> list[Answer]:  # fmt: skip
    """`own`: for the person who wrote the questions, who sees them also while they wait to be judged."""
    unknown = [key for key in path if key not in known]
    turns = {**known, **(Turn.objects.select_related("case").in_bulk(unknown) if unknown else {})}
    texts: dict[tuple[UUID, str], dict] = {}
    one = len(path) == 1
    for message in _messages(turn=path[0]) if one else Message.objects.filter(turn__in=path):
        if message.erased_at is None:
            texts[message.turn_id, message.role] = bodies.channels(message.body)
    untold = [key for key in path if (key, Role.USER) not in texts] if own else ()
    for candidate in Candidate.objects.filter(turn__in=untold, role=Role.USER) if untold else ():
        texts[candidate.turn_id, candidate.role] = bodies.channels(candidate.body)
    for key in _quoting(turns.values(), turns):
        texts.pop((key, Role.USER), None)
    shaped = {turn.assistant_version_id or 0 for turn in turns.values() if turn.shaped}
    versions = AssistantVersion.objects.filter(pk__in=shaped).values_list("pk", "schema") if shaped else ()
    schemas: dict[int | None, dict | None] = dict(versions)
    found = []
    for key in path:
        turn, question = turns[key], texts.get((key, Role.USER), {}).get("text", "")
        body, schema = texts.get((key, Role.ASSISTANT)), schemas.get(turn.assistant_version_id)
        found.append(Answer(turn, question, body, siblings.get(key, [key]), schema))
    return found


def _quoting(found: Iterable[Turn], known: Mapping[UUID, Turn]) -> list[UUID]:
    """The repairs among them of a document that is not shown any more: what the model was told quotes it."""
    above = {turn.pk: turn.parent_id for turn in found if turn.kind == Kind.REPAIR and turn.parent_id}
    status = {key: known[key].status for key in above.values() if key in known}
    if unknown := set(above.values()) - status.keys():
        status |= dict(Turn.objects.filter(pk__in=unknown).values_list("pk", "status"))
    return [key for key, parent in above.items() if status[parent] not in SHOWN]
