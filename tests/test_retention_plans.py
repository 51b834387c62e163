"""What the day's purge looks for, it finds by an index where there may be very much of it: it runs where answers are saved."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.retention import kinds

# A row for each message, each check and each turn, for ever.
LARGE = ("chat_message", "chat_checkresult", "chat_turn", "chat_verdict")


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_no_kind_looks_through_all_there_is(kind: kinds.Kind) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert kind.keys(timezone.now(), None) == []
    (query,) = asked.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
        scanned = [row[3].split()[1] for row in cursor.fetchall() if row[3].startswith("SCAN")]
    called = dict(re.findall(r'"(\w+)" (\w\d)\b', query["sql"]))  # table → what a subquery calls it
    for table in LARGE:
        assert not {table, called.get(table)} & set(scanned), query["sql"]
