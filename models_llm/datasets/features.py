"""Column types as the card of a data set declares them, so that a loader never has to guess from the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES: Final = {"double": "float64", "float": "float32"}
"""Where Arrow and the loader say different words."""


def declare_features(schema: pa.Schema) -> list[dict[str, Any]]:
    """The `features` of a card's `dataset_info` for an Arrow schema."""
    return [{"name": field.name, **_declare(field.type)} for field in schema]


def _declare(column_type: pa.DataType) -> dict[str, Any]:
    import pyarrow as pa

    if pa.types.is_struct(column_type):
        return {"struct": [{"name": field.name, **_declare(field.type)} for field in column_type]}
    if pa.types.is_list(column_type):
        inner = _declare(column_type.value_type)
        return {"list": inner["struct"] if "struct" in inner else inner["dtype"]}
    return {"dtype": _NAMES.get(str(column_type), str(column_type))}
