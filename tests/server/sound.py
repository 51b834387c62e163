"""What must be true of a database at every moment, also of a dead process: looked at by plain SQL."""

import hashlib
from typing import Any
from uuid import UUID

from tests.servers import Server


def check(server: Server) -> None:
    """No assistant message without a pass of its own bytes, and no candidate beside a message."""
    passed = set(server.rows("SELECT turn_id, digest FROM chat_verdict WHERE outcome = 'pass'"))
    messages = server.rows("SELECT turn_id, salt, body, digest FROM chat_message WHERE role = 'assistant'")
    for turn, salt, body, digest in messages:
        assert hashlib.sha256((salt + body).encode()).hexdigest() == digest, turn
        assert (turn, digest) in passed, f"{turn} has a message that did not pass"
    of_answers = "SELECT turn_id FROM chat_candidate WHERE role = 'assistant'"
    candidates = {turn for (turn,) in server.rows(of_answers)}
    assert not candidates & {message[0] for message in messages}
    asked = "SELECT turn_id FROM chat_candidate WHERE role = 'user'"
    unfinished = server.rows(
        f"SELECT id FROM chat_turn WHERE status IN ('moderating', 'held') AND id NOT IN ({asked})"
    )
    assert candidates == {turn for (turn,) in unfinished}
    twice = f"SELECT turn_id FROM chat_message WHERE role = 'user' AND turn_id IN ({asked})"
    assert server.rows(twice) == [], "a question is a message, and waits to be one"


def rows(
    server: Server, table: str, columns: str, turn: UUID, *, key: str = "turn_id"
) -> list[tuple[Any, ...]]:
    """The rows of a table that belong to a turn, oldest first."""
    value = str(turn) if server.database else turn.hex
    return server.rows(f"SELECT {columns} FROM chat_{table} WHERE {key} = %s ORDER BY id", value)


def expired_leases(server: Server) -> int:
    now = "now()" if server.database else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    running = "('accepted', 'streaming', 'moderating')"
    return server.rows(f"SELECT count(*) FROM chat_turn WHERE status IN {running} AND lease_until < {now}")[
        0
    ][0]
