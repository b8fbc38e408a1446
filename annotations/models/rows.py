"""Instances of several tables from one statement that is written out.

For the few reads that an annotator waits for at each answer: there, putting a query together anew took longer than
running it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
Convert = Callable[[Any], Any]


class Columns(Generic[M]):
    """Columns of a table in the select list of a statement, and the making of instances from their values.

    Args:
        fields: those that are read, by the names that instances have them under (`item_id`); all if none is named. The
            others are loaded when they are asked for.
    """

    def __init__(self, model: type[M], *fields: str) -> None:
        self.model: Final = model
        found = {field.attname: field for field in model._meta.concrete_fields}
        self._fields: Final = [found[name] for name in fields or found]
        self._names: Final = [field.attname for field in self._fields]
        self._key: Final = self._names.index(model._meta.pk.attname)
        self._converters: list[tuple[int, Convert]] | None = None

    def __len__(self) -> int:
        return len(self._fields)

    def of(self, alias: str) -> str:
        """The columns in a select list; the alias may be an expression, `(result.turn)`."""
        return ", ".join(f'{alias}."{field.column}"' for field in self._fields)

    def instance(self, values: list[Any]) -> M | None:
        """The row as an instance; None for the row of nulls that an outer join gives."""
        if values[self._key] is None:
            return None
        if self._converters is None:
            self._converters = list(self._find_converters())
        for place, convert in self._converters:
            values[place] = convert(values[place])
        made: M = self.model.from_db(connection.alias, self._names, values)
        return made

    def _find_converters(self) -> Iterator[tuple[int, Convert]]:
        for place, field in enumerate(self._fields):
            for convert in field.get_db_converters(connection):
                yield place, partial(convert, expression=None, connection=connection)


def read_row(
    statement: str, values: Mapping[str, Any], *columns: Columns[Any]
) -> tuple[list[models.Model | None], tuple[Any, ...]] | None:
    """The first row of a statement whose select list begins with these columns.

    Returns: an instance for each of `columns`, and the values behind them; None if there is no row.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    instances, start = [], 0
    for part in columns:
        instances.append(part.instance(list(row[start : start + len(part)])))
        start += len(part)
    return instances, row[start:]
