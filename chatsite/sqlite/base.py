"""SQLite lets one connection write at a time. Whoever finds it taken sleeps and looks again, for 1, 2, 5, … 100 ms, and
may find it taken again: of 100 turns begun within a second half waited for most of that second. Within this process
writers wait for a lock instead, which is theirs the moment it is free; what other processes do is SQLite's as before.
"""

import functools
import threading
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_writing = threading.Lock()
_WRITES = ("INSERT", "UPDATE", "DELETE")
PATIENCE = 20  # seconds, as long as SQLite itself is told to wait


@functools.lru_cache(maxsize=512)
def _with_question_marks(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class Cursor(base.SQLiteCursorWrapper):
    def execute(self, query: str, params: Any = None) -> Any:
        # A statement by itself is a transaction too.
        if self.connection.in_transaction or not query.startswith(_WRITES):
            return super().execute(query, params)
        _take()
        try:
            return super().execute(query, params)
        finally:
            _writing.release()

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        if param_names is None:
            return _with_question_marks(query)
        return super().convert_query(query, param_names=param_names)


class DatabaseWrapper(base.DatabaseWrapper):
    _writes = False  # this connection is in a transaction, and the lock is its own

    def create_cursor(self, name: Any = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def _start_transaction_under_autocommit(self) -> None:
        _take()
        self._writes = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._written()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # where it fails a rollback follows
        self._written()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._written()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._written()

    def _written(self) -> None:
        if self._writes:
            self._writes = False
            _writing.release()


def _take() -> None:
    if not _writing.acquire(timeout=PATIENCE):
        raise OperationalError(f"database is locked: another thread has been writing for {PATIENCE} s")
