"""A turn begins: once per id, under its parent, beside its siblings."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ..models import (
    AssistantVersion,
    Candidate,
    Conversation,
    Kind,
    Message,
    PolicyVersion,
    Role,
    Status,
    Turn,
    User,
    bodies,
)
from ..models.prepared import Select, Write, insert
from . import repairing
from .reading import deepest
from .states import RUNNING, running_words

CONTINUE_INSTRUCTION = (
    "Continue exactly where your last answer ended. Do not repeat what you have already written."
)


_person = Select(
    lambda slot: (
        User.objects.select_for_update(no_key=True)
        .filter(pk=slot("person"), is_active=True)
        .values_list("pk", flat=True)
    )
)
_turn = Select(lambda slot: Turn.objects.select_related("conversation").filter(pk=slot("id")))
_conversations = Select(
    lambda slot: Conversation.objects.select_for_update(no_key=True).filter(pk=slot("id"))
)
_parent = Select(
    lambda slot: Turn.objects.filter(pk=slot("id"), conversation=slot("conversation")).only(
        "status", "kind", "shaped", "assistant_version"
    )
)
_assistant = Select(
    lambda slot: AssistantVersion.objects.filter(pk=slot("version")).values_list("assistant", flat=True)
)
_running = Select(
    # Not by the person's conversations: of a few hundred running turns at most, and not of all that were ever sent.
    lambda slot: Turn.objects.filter(
        Exists(Conversation.objects.filter(pk=OuterRef("conversation"), owner=slot("person"))),
        status__in=running_words(),
    ).values_list("attempt", flat=True)
)
_set_leaf = Write(
    lambda slot: (
        Conversation.objects.filter(pk=slot("id")),
        {"leaf": slot("leaf"), "assistant": slot("assistant"), "active_at": slot("now")},
    )
)


# Turns whose question is a person's own words.
WRITTEN = frozenset({Kind.SEND, Kind.RETRY})


class Conflict(Exception):
    """The request does not fit what is stored; the message is a sentence for the person."""


class TooMany(Conflict):
    """The person has as many turns running as is allowed."""


class Unknown(Exception):
    """No such turn or conversation for this person."""


@dataclass(frozen=True, slots=True)
class NewTurn:
    """What a client asks for. `parent` is the turn it follows; a sibling of that parent's other children.

    `assistant` is named where another than the conversation's is to answer from now on.
    """

    id: UUID
    conversation: UUID
    parent: UUID | None
    kind: Kind
    text: str
    assistant: int | None = None

    @property
    def payload(self) -> str:
        fields = [str(self.conversation), str(self.parent or ""), str(self.kind), self.text]
        if self.assistant is not None:
            fields.append(str(self.assistant))
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The assistant that is to answer, which version of it, and whether that asks for a document."""

    assistant: int
    version: int
    shaped: bool


def create(
    person: User,
    new: NewTurn,
    judged_by: Callable[[int | None], PolicyVersion],
    choose: Callable[[Conversation], Chosen] | None = None,
    look: Callable[[PolicyVersion, str], str] = lambda policy, text: text,
) -> tuple[Turn, bool]:
    """The turn and True, or the one a first POST with this id made and False.

    For a turn that is made now `choose` says which assistant answers in a conversation, and `judged_by` by which version it
    is judged with that assistant (its id, None where there is none). `look` is shown what a person wrote and the policy, and
    returns what is stored of it. Runs inside the caller's transaction. Raises Conflict with a sentence, or Unknown where
    the id, the parent or the conversation is not this person's; and what `choose` and `look` raise.
    """
    # One person's POSTs follow each other, so that none miscounts what runs or misses the other's turn; and an
    # account that is being closed begins nothing more.
    if not _person(person=person.pk):
        raise Unknown
    if found := _turn.first(id=new.id):
        return _same(person, new, found), False
    conversation = _conversation(person, new.conversation)
    parent = None
    if new.parent is not None:
        parent = _parent.first(id=new.parent, conversation=conversation.pk)
        if parent is None:
            raise Unknown
        if parent.status in RUNNING:
            raise Conflict(
                "The answer above is still being written. Stop it or wait for its end, then send again."
            )
    running = len(_running(person=person.pk))
    if running >= settings.CHAT_MAX_RUNNING:
        raise TooMany(
            f"You have {running} answers being written at once, which is the limit here. "
            "Wait for one to end or stop it, then send again."
        )
    text = _question(new, parent)
    turn = Turn(id=new.id, conversation=conversation, parent=parent, kind=new.kind, payload=new.payload)
    assistant = None
    if parent is not None and new.kind == Kind.REPAIR:
        # The document that is asked for again is the one that was asked for.
        turn.assistant_version_id, turn.shaped = parent.assistant_version_id, True
        assistant = _assistant.first(version=parent.assistant_version_id)
    elif choose is not None:
        chosen = choose(conversation)
        turn.assistant_version_id, turn.shaped = chosen.version, chosen.shaped
        conversation.assistant_id = assistant = chosen.assistant
    turn.policy = judged_by(assistant)
    if new.kind in WRITTEN:
        text = look(turn.policy, text)
    if not insert(turn, unless_there=True):  # the same POST, sent twice at once: the other one made it
        return _same(person, new, _turn(id=new.id)[0]), False
    body, salt = bodies.compose(text), bodies.new_salt()
    words = {"turn": turn, "role": Role.USER, "body": body, "salt": salt, "digest": bodies.digest(salt, body)}
    if new.kind in WRITTEN and turn.policy.definition.get("input"):
        insert(Candidate(**words, attempt=0))  # until it has been judged
    else:
        insert(Message(**words))
    _set_leaf(id=conversation.pk, leaf=turn.pk, assistant=conversation.assistant_id, now=timezone.now())
    conversation.leaf_id = turn.pk
    return turn, True


def select(person: User, turn_id: UUID) -> Turn:
    """Show this turn's branch from now on, down to its newest descendant. Raises Unknown."""
    with transaction.atomic():
        # Locked, as for a new turn: one that begins meanwhile is the newest descendant, or makes itself the leaf.
        mine = Conversation.objects.select_for_update(no_key=True, of=("self",)).filter(
            owner=person, deleted_at=None
        )
        conversation = mine.filter(turns=turn_id).first()
        if conversation is None:
            raise Unknown
        turn = Turn.objects.select_related("conversation").get(pk=turn_id)
        Conversation.objects.filter(pk=conversation.pk).update(leaf_id=deepest(turn))
    return turn


def _same(person: User, new: NewTurn, found: Turn) -> Turn:
    if found.conversation.owner_id != person.pk or found.conversation.deleted_at:
        raise Unknown
    if found.payload != new.payload:
        raise Conflict("This was already sent with another text. Reload the page and send again.")
    return found


def _conversation(person: User, conversation_id: UUID) -> Conversation:
    # Locked: two POSTs into one conversation follow each other, so that neither misses the other's turn.
    conversation = _conversations.first(id=conversation_id)
    if conversation is None:
        conversation = Conversation(pk=conversation_id, owner=person, active_at=timezone.now())
        if not insert(conversation, unless_there=True):  # another POST made it just now
            conversation = _conversations(id=conversation_id)[0]
    if conversation.owner_id != person.pk or conversation.deleted_at:
        raise Unknown
    return conversation


def _question(new: NewTurn, parent: Turn | None) -> str:
    """What the person wrote, or what is said in their place."""
    if new.kind not in {Kind.CONTINUE, Kind.REPAIR}:
        return new.text
    if parent is None or parent.status not in {Status.SAVED, Status.STOPPED, Status.FAILED}:
        raise Conflict(f"There is no answer to {new.kind}.")
    if new.kind == Kind.REPAIR:
        # `text`: the sentence, where whoever asks has it.
        if (problem := new.text or repairing.problem(parent)) is None:
            raise Conflict("There is nothing to repair: the answer above is no document, or a valid one.")
        return repairing.INSTRUCTION.format(problem=problem)
    if not Message.objects.filter(turn=parent, role=Role.ASSISTANT).exists():
        raise Conflict("There is no answer to continue.")
    if parent.shaped:
        raise Conflict("A document that was cut off cannot be continued. Have it repaired or try again.")
    return CONTINUE_INSTRUCTION
