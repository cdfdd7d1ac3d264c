"""SQLAlchemy builds statements, asyncpg runs them: here they become SQL text with numbered parameters.

Building and compiling a statement costs more than running it. So what requests ask for often is `Prepared`: compiled once,
its values given by name each time. Anything else is compiled by its shape, which SQLAlchemy's own cache key tells.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from sqlalchemy import Executable, Uuid, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import ClauseElement, FromClause
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

TENANT = bindparam("tenant_id", type_=Uuid())
"""The tenant of the Scope that runs the statement."""

Columns: TypeAlias = frozenset[str] | None
"""The names of the columns that are needed of some rows; None where that is not known, and all are."""

compiled_watchers: list[Callable[[ClauseElement], None]] = []
"""Called with each statement that is compiled: the tests look whether it names its tenant."""

_DIALECT: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_SHAPES = 500
_cache: Any = LRUCache(_SHAPES)


class Prepared:
    """A statement that was compiled once. Its `bindparam`s get their values when it runs."""

    def __init__(self, statement: Executable) -> None:
        _watched(statement)
        compiled = cast(SQLCompiler, cast(ClauseElement, statement).compile(dialect=_DIALECT))
        self.sql = str(compiled)
        self._names = list(compiled.positiontup or ())
        self._fixed = compiled.params

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """In the order of the statement's parameters, as asyncpg takes them. Values of other names are ignored."""
        fixed = self._fixed
        return [values[name] if name in values else fixed[name] for name in self._names]


def bound(statement: Executable | Prepared, values: Mapping[str, object]) -> tuple[str, Sequence[object]]:
    """The SQL and its arguments. `values` are those of parameters that have none yet."""
    if isinstance(statement, Prepared):
        return statement.sql, statement.arguments(values)
    # The one function of SQLAlchemy that compiles through a cache; Connection.execute() is made of it.
    compiled, extracted, *_ = cast(Any, statement)._compile_w_cache(_DIALECT, compiled_cache=_cache, column_keys=[])
    if compiled_watchers:
        _watched(statement)
    parameters = compiled.construct_params(
        {name: value for name, value in values.items() if name in compiled.binds},
        extracted_parameters=extracted,
        escape_names=False,
    )
    # IN lists are written out, one parameter for each value.
    state = compiled._process_parameters_for_postcompile(parameters)
    processors = {**compiled._bind_processors, **state.processors}
    return state.statement, [
        processors[name](state.parameters[name]) if name in processors else state.parameters[name]
        for name in state.positiontup
    ]


def columns_of(table: FromClause, needed: Columns, *always: str) -> list[Any]:
    """For SELECT: those of the table's columns."""
    return [column for column in table.c if needed is None or column.name in needed or column.name in always]


def _watched(statement: Executable) -> None:
    for watcher in compiled_watchers:
        watcher(cast(ClauseElement, statement))


class Shapes:
    """Prepared statements by what they are made of, the last used ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, Prepared] = OrderedDict()

    def get(self, key: object, build: Callable[[], Executable]) -> Prepared:
        """The statement of that key; built and compiled where it is not there yet."""
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = Prepared(build())
            if len(self._kept) > _SHAPES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
