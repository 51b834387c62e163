"""After an erasure the content is not in the files of PostgreSQL's tables, once they are written anew; and what is said of the
write-ahead log is so.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from chat import audit, conversations, retention
from chat.models import Conversation, Turn, User
from tests import held

pytestmark = [pytest.mark.postgresql, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TOKEN = re.compile(rb"SECRET-(\d{4})")


@pytest.fixture
def data() -> Path:
    """The folder of this database's tables."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        directory = Path(cursor.fetchone()[0])
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        folder = directory / "base" / str(cursor.fetchone()[0])
    if not folder.is_dir():
        pytest.skip("the server's files are on another machine")
    return folder


def found(folder: Path) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    texts = (path.read_bytes() for path in folder.iterdir() if path.is_file())
    return {int(number) for text in texts for number in TOKEN.findall(text)}


def chat(owner: User, number: int) -> Conversation:
    word = f"SECRET-{number:04d} "
    made = held.conversation(owner, title=word)
    turn = held.saved(made, word, word * 3)
    Turn.objects.filter(pk=turn.pk).update(sentence=word)
    held.held(made, word, (0, 5, "word"), parent=turn)
    return made


def purge(rewrite: bool | None) -> list[str]:
    made = retention.Purge()
    while made.step():
        pass
    return made.finish("command", rewrite).sentences


def test_written_anew_the_tables_do_not_have_it_and_vacuumed_they_say_so(
    data: Path, person: Callable[..., User]
) -> None:
    ann = person("ann")
    chats = [chat(ann, number) for number in range(40)]
    assert found(data) == set(range(40))
    for each in chats[:20]:
        conversations.delete(each)
        assert retention.erase(each.pk, ann) is not None
    said = " ".join(purge(None))
    assert "vacuumed" in said
    assert "--rewrite" in said
    assert "write-ahead log and its archives, replicas" in said
    said = " ".join(purge(True))
    assert "written anew" in said
    assert found(data) == set(range(20, 40))
    report = audit.Check().run()
    assert report.well
    assert report.entries == 20 + 2, "each erasure and both purges"
