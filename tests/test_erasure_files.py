"""After an erasure the content is not in SQLite's files: searched byte by byte, with readers, on rows that moved about."""

import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from chat import audit, conversations, retention
from chat.audit import heads
from chat.models import Conversation, Message, Turn, User
from chat.retention import files, purging
from tests import held

pytestmark = [pytest.mark.sqlite, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TOKEN = re.compile(rb"SECRET-(\d{4})")


def folder() -> Path:
    return Path(connection.settings_dict["NAME"]).parent


def found() -> set[int]:
    """The numbers of all conversations of which a word stands in any file beside the database."""
    texts = (path.read_bytes() for path in folder().iterdir() if path.is_file())
    return {int(number) for text in texts for number in TOKEN.findall(text)}


def word(number: int) -> str:
    return f"SECRET-{number:04d} "


@pytest.fixture
def chats(person: Callable[..., User]) -> list[Conversation]:
    """Conversations of every length, made and changed in no order, so that pages were filled, split and joined."""
    ann, draw = person("ann"), random.Random(7)
    made = []
    for number in range(150):
        chat = held.conversation(ann)
        long = draw.choice([1, 3, 20, 200, 2000])
        turn = held.saved(chat, word(number) * draw.choice([1, 5, 50]), word(number) * long)
        case = held.held(chat, word(number) * draw.choice([1, 10, 300]), (0, 5, "word"), parent=turn)
        Turn.objects.filter(pk=case.turn_id).update(sentence=word(number) * draw.randrange(1, 30))
        made.append(chat)
        for other, name in [
            (chat, number),
            *((made[pick], pick) for pick in draw.choices(range(len(made)), k=2)),
        ]:
            title = (word(name) + "x" * draw.randrange(90))[:120]
            Conversation.objects.filter(pk=other.pk).update(title=title)
            Turn.objects.filter(conversation=other).update(provider_text=word(name) * draw.randrange(1, 12))
    return made


@pytest.fixture
def reader() -> Iterator[sqlite3.Connection]:
    """Another process's connection, as far as SQLite can tell."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as made:
        yield made


def purge(erased: list[Conversation]) -> list[str]:
    return emptied(erased).finish("command").sentences


def emptied(erased: list[Conversation]) -> retention.Purge:
    """A purge that has only the files left to see to."""
    for chat in erased:
        conversations.delete(chat)
        assert retention.erase(chat.pk) is not None
    made = retention.Purge()
    while made.step():
        pass
    return made


def test_the_content_is_in_none_of_the_files(chats: list[Conversation], reader: sqlite3.Connection) -> None:
    everyone = set(range(len(chats)))
    assert found() == everyone, "there is something to find"
    # A reader that has looked and is still there.
    assert reader.execute("SELECT COUNT(*) FROM chat_message").fetchone()
    for number, chat in enumerate(chats):
        audit.record(chat.owner, "case.view", chat.pk, number=number)
    head = heads.current()
    assert head is not None
    gone = set(random.Random(3).sample(range(len(chats)), 75))
    said = purge([chats[number] for number in gone])
    assert "The database file was written anew." in said
    assert "The write-ahead log was emptied." in said
    assert found() == everyone - gone
    assert Message.objects.exclude(body="").count() == 2 * (len(chats) - len(gone)) + (len(chats) - len(gone))
    report = audit.Check([head]).run()
    assert report.well
    assert (report.entries, report.heads) == (len(chats) + 1, 1), "and what was removed is an entry"


def test_a_reader_of_an_older_state_is_waited_for_and_then_it_is_gone(
    chats: list[Conversation], reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "PATIENCE", 0)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM chat_message").fetchone()
    said = purge(chats[:50])
    assert any("somebody reads an older state" in sentence for sentence in said)
    assert found() & set(range(50)), "it has to be there, for that reader"
    with pytest.raises(SystemExit) as ended:
        call_command("purge", rewrite=True)
    assert ended.value.code == 1, "whoever runs it to prove the erasure is told"
    retention.settle()
    assert found() & set(range(50))
    reader.execute("COMMIT")
    retention.settle()  # as the sweep does once a minute
    assert not found() & set(range(50))
    call_command("purge", rewrite=True)
    assert found() == set(range(50, 150))


def test_within_a_minute_it_is_out_of_the_log_and_nobody_waits(chats: list[Conversation]) -> None:
    chat = chats[0]
    conversations.delete(chat)
    retention.erase(chat.pk, chat.owner)
    wal = Path(f"{connection.settings_dict['NAME']}-wal")
    assert wal.stat().st_size > 0
    retention.settle()
    assert wal.stat().st_size == 0
    Conversation.objects.filter(pk=chats[1].pk).update(title="Another")
    size = wal.stat().st_size
    assert size > 0
    retention.settle()
    assert wal.stat().st_size == size, "nothing was erased since, so there is nothing more to do"


def test_a_large_file_is_written_anew_only_when_it_is_told_to(
    chats: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AUTOMATIC", 1000)
    said = purge(chats[:50])
    assert any("was not written anew" in sentence for sentence in said)
    assert any("was written anew" in sentence for sentence in files.clean(True, 0).sentences)
    assert found() == set(range(50, 150))


def test_copies_that_rows_leave_behind_when_they_grow_are_gone_too(person: Callable[..., User]) -> None:
    """With SQLite 3.40 this leaves a title of an erased conversation in the unused part of a page, until the file is written
    anew: PRAGMA secure_delete overwrites what is freed, and that was not freed but moved.
    """
    ann, draw = person("ann"), random.Random(3)
    made: list[Conversation] = []
    for number in range(400):
        made.append(held.conversation(ann))
        turn = held.turn(made[-1], "q")
        Turn.objects.filter(pk=turn.pk).update(
            sentence=word(number) * draw.randrange(0, 5), provider_text=word(number) * draw.randrange(0, 4)
        )
        Conversation.objects.filter(pk=made[-1].pk).update(title=word(number) + "x" * draw.randrange(60))
        if draw.random() < 0.3:
            pick = draw.randrange(len(made))
            Turn.objects.filter(conversation=made[pick]).update(usage="u" * draw.randrange(200))
            Conversation.objects.filter(pk=made[pick].pk).update(title=word(pick) + "y" * draw.randrange(100))
    rest = emptied(made[:200])
    retention.settle()  # the write-ahead log holds the rows of before, too
    left = found() & set(range(200))
    if not left:
        pytest.skip(
            f"SQLite {sqlite3.sqlite_version} has left none of them behind, so there is nothing to clear"
        )
    rest.finish("command")
    assert found() == set(range(200, 400))
