"""Statements that every turn asks for, built and compiled by the ORM once and only executed from then on.

Of the 0.3 to 0.6 ms that the ORM takes for a statement SQLite has 0.02. A `Slot` stands where a value goes:

    _turn = Select(lambda slot: Turn.objects.filter(pk=slot("id")))
    _turn(id=turn_id)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import AutoField, BigAutoField, Expression, Model, QuerySet, UUIDField
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators
from django.db.models.sql import DeleteQuery, UpdateQuery

Row = TypeVar("Row")

_uuid = UUIDField()


class Slot(Expression):
    """The place of a value in a statement. None fits nowhere but in a value to be stored: SQL's NULL equals nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Word(Expression):
    """A word of ours, written into the statement itself. SQLite takes a partial index only where the index's condition
    stands word for word in the statement, not where a parameter means the same.
    """

    def __init__(self, word: str) -> None:
        assert word.isidentifier(), word
        super().__init__()
        self.word = word

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return f"'{self.word}'", []


@dataclass(frozen=True, slots=True)
class _Plan:
    """SQL, its parameters with Slots among them, and where those are."""

    sql: str
    parameters: list[Any]
    slots: list[tuple[int, str]]
    made: Callable[[Sequence[Any]], Any] | None = None  # a row of the answer, as the queryset would give it


class _Statement(ABC):
    def __init__(self, build: Callable[[Callable[[str], Any]], Any]) -> None:
        self._build = build
        self._plans: dict[str, _Plan] = {}

    @abstractmethod
    def _compiled(self, built: Any, database: Any) -> _Plan:
        """The plan of what `build` gave."""

    def _plan(self, database: Any) -> _Plan:
        # At its first use, since a statement that locks is compiled only within a transaction.
        plan = self._plans.get(database.vendor)
        if plan is None:
            plan = self._plans[database.vendor] = self._compiled(self._build(Slot), database)
        return plan

    def _parameters(self, plan: _Plan, values: dict[str, Any], database: Any) -> list[Any]:
        parameters = list(plan.parameters)
        for place, name in plan.slots:
            parameters[place] = _adapted(values[name], database)
        return parameters


class Select(_Statement, Generic[Row]):
    """`build` gives a queryset; called with the slots' values, its rows."""

    def __init__(self, build: Callable[[Callable[[str], Any]], QuerySet[Any, Row]]) -> None:
        super().__init__(build)

    def __call__(self, **values: Any) -> list[Row]:
        database = _database()
        plan = self._plan(database)
        with database.cursor() as cursor:
            cursor.execute(plan.sql, self._parameters(plan, values, database))
            rows = cursor.fetchall()
        assert plan.made is not None
        return [plan.made(row) for row in rows]

    def first(self, **values: Any) -> Row | None:
        rows = self(**values)
        return rows[0] if rows else None

    def _compiled(self, built: QuerySet[Any, Row], database: Any) -> _Plan:
        compiler = built.query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        return _Plan(sql, list(parameters), list(_slots(parameters)), _maker(built, compiler, database))


class Write(_Statement):
    """`build` gives a queryset and what to set in its rows, or None to delete them; called, how many rows there were."""

    def __init__(
        self, build: Callable[[Callable[[str], Any]], tuple[QuerySet[Any, Any], dict[str, Any] | None]]
    ) -> None:
        super().__init__(build)

    def __call__(self, **values: Any) -> int:
        database = _database()
        plan = self._plan(database)
        with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), database.cursor() as cursor:
            cursor.execute(plan.sql, self._parameters(plan, values, database))
            return int(cursor.rowcount)

    def _compiled(self, built: tuple[QuerySet[Any, Any], dict[str, Any] | None], database: Any) -> _Plan:
        rows, new = built
        query: Any
        if new is None:
            query = rows.query.chain(DeleteQuery)
        else:
            query = rows.query.chain(UpdateQuery)
            query.add_update_values(new)
        sql, parameters = query.get_compiler(connection=database).as_sql()
        return _Plan(sql, list(parameters), list(_slots(parameters)))


def insert(row: Model, *, unless_there: bool = False) -> bool:
    """Store a new row, without signals, and without reading back a key that the database makes.

    With `unless_there` a row with the same primary key is left as it is, and the answer is False; no savepoint is
    needed then, since nothing fails.
    """
    database = _database()
    model = type(row)
    found = _inserts.get((database.vendor, model, unless_there))
    if found is None:
        found = _inserts[database.vendor, model, unless_there] = _insertion(model, unless_there, database)
    sql, fields = found
    values = [field.get_db_prep_save(field.pre_save(row, True), database) for field in fields]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), database.cursor() as cursor:
        cursor.execute(sql, values)
        stored = cursor.rowcount == 1
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return bool(stored)


_Insertion = tuple[str, list[Any]]
_inserts: dict[tuple[str, type[Model], bool], _Insertion] = {}


def _insertion(model: type[Model], unless_there: bool, database: Any) -> _Insertion:
    """The SQL, and the fields whose values it takes."""
    meta, quoted = model._meta, database.ops.quote_name
    fields = [field for field in meta.concrete_fields if not isinstance(field, AutoField | BigAutoField)]
    columns = ", ".join(quoted(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    ending = f" ON CONFLICT ({quoted(meta.pk.column)}) DO NOTHING" if unless_there else ""
    return f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({places}){ending}", fields  # noqa: S608  our names


def _database() -> Any:
    """This thread's connection itself: each attribute of `django.db.connection` would look for it again, for 2 µs."""
    return connections[DEFAULT_DB_ALIAS]


def _slots(parameters: Sequence[Any]) -> Iterator[tuple[int, str]]:
    for place, parameter in enumerate(parameters):
        if isinstance(parameter, Slot):
            yield place, parameter.name


def _adapted(value: Any, database: Any) -> Any:
    """As the driver takes it."""
    if isinstance(value, UUID):
        return _uuid.get_db_prep_value(value, database)
    if isinstance(value, datetime):
        return database.ops.adapt_datetimefield_value(value)
    if isinstance(value, dict):
        return database.ops.adapt_json_value(value, None)
    return value


def _maker(rows: QuerySet[Any, Any], compiler: Any, database: Any) -> Callable[[Sequence[Any]], Any]:
    """What makes of a row what the queryset would: an instance with those it was told to bring along, or a tuple."""
    converters = compiler.get_converters([each[0] for each in compiler.select])

    def converted(row: Sequence[Any]) -> list[Any]:
        whole = list(row)
        for place, (functions, expression) in converters.items():
            for function in functions:
                whole[place] = function(whole[place], expression, database)
        return whole

    if rows._iterable_class is FlatValuesListIterable:
        return lambda row: converted(row)[0]
    if rows._iterable_class is not ModelIterable:
        return lambda row: tuple(converted(row))
    info = compiler.klass_info
    model, places = info["model"], info["select_fields"]
    names = [compiler.select[place][0].target.attname for place in places]
    start, end = places[0], places[-1] + 1
    populators = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

    def instance(row: Sequence[Any]) -> Any:
        whole = converted(row)
        made = model.from_db(DEFAULT_DB_ALIAS, names, whole[start:end])
        for populator in populators:
            populator.populate(whole, made)
        return made

    return instance
