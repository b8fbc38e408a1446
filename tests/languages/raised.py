"""Messages that errors are raised with, as the sources have them: whether a catalogue can know them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from annotations.errors import AnnotationsError
from models_llm.errors import ModelsLLMError
from tests.conftest import ROOT

_ASKS: Final = {"_", "gettext", "ngettext", "pgettext", "gettext_lazy", "sentence"}
_SAYS_AGAIN: Final = {"said_by", "joined", "storable", "fault", "_expected", "_json_fault"}
"""Functions whose text was asked for elsewhere."""
_PLACE: Final = re.compile(r"%\((\w+)\)")
_MESSAGE_AT: Final = {"Refusal": 2, "PolicyError": 1, "RulingError": 1, "RowFault": 1, "UnratedError": 1}
"""Which argument is the message where it is not the first."""
_IN_ROOMS: Final = {
    "RowFault", "UnknownValueError", "FieldMissingError", "SlugTakenError", "LastLeadError", "UnratedError", "Refusal",
    "fault",
}  # fmt: skip


def _kinds(error: type[Exception]) -> Iterator[str]:
    yield error.__name__
    for kind in error.__subclasses__():
        yield from _kinds(kind)


ERRORS: Final = frozenset({*_IN_ROOMS, *_kinds(AnnotationsError), *_kinds(ModelsLLMError)})
"""Errors whose message may come to a page, and `fault`, by which a document makes one."""


class Raised(NamedTuple):
    place: str
    text: str


def untranslatable(file: Path) -> list[Raised]:
    """Calls that make an error of text which no catalogue can know: written or put together where it is raised."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        Raised(f"{file.relative_to(ROOT)}:{call.lineno}", ast.unparse(message))
        for call, message in _messages(tree)
        if not _is_known(message)
    ]


def ill_filled(file: Path) -> list[Raised]:
    """Messages whose places are not those that values are given for."""
    return [
        Raised(f"{file.relative_to(ROOT)}:{asked.lineno}", ast.unparse(asked))
        for asked, given in _filled(ast.parse(file.read_text(encoding="utf-8")))
        if {name for said in _literals(asked) for name in _PLACE.findall(said)} != given
    ]


def spoken_errors(file: Path) -> list[Raised]:
    """Places of a door where a caught error is turned into text by other means than `say`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    caught = (handler for handler in ast.walk(tree) if isinstance(handler, ast.ExceptHandler) and _is_ours(handler))
    return [
        Raised(f"{file.relative_to(ROOT)}:{node.lineno}", ast.unparse(node))
        for handler in caught
        for node in ast.walk(handler)
        if isinstance(node, ast.expr) and _is_text_of(node, handler.name or "")
    ]


def _filled(tree: ast.Module) -> Iterator[tuple[ast.Call, set[str]]]:
    """Messages that are asked for with values, and the values' names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Dict):
            keys = [key.value for key in node.right.keys if isinstance(key, ast.Constant)]
            if _name(node.left) in _ASKS and len(keys) == len(node.right.keys):
                assert isinstance(node.left, ast.Call)
                yield node.left, {str(key) for key in keys}
        elif isinstance(node, ast.Call) and _name(node) in {"_", "sentence"} and node.keywords:
            yield node, {keyword.arg or "" for keyword in node.keywords}


def _literals(asked: ast.Call) -> list[str]:
    return [part.value for part in asked.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _messages(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    for node in ast.walk(tree):
        name = _name(node)
        at = _MESSAGE_AT.get(name, 0)
        if name in ERRORS and isinstance(node, ast.Call) and len(node.args) > at:
            message = node.args[at]
            if name != "fault" or not isinstance(message, ast.Call) or _name(message) in _ASKS:
                yield node, message


def _name(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _is_ours(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and any(
        isinstance(node, ast.Name) and node.id in ERRORS for node in ast.walk(handler.type)
    )


def _is_known(message: ast.expr) -> bool:
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Mod):
        return _is_known(message.left)
    if isinstance(message, ast.IfExp):
        return _is_known(message.body) and _is_known(message.orelse)
    if isinstance(message, ast.BoolOp):
        return all(_is_known(part) for part in message.values)
    if isinstance(message, ast.Call):
        asked = _name(message) in _ASKS and isinstance(message.args[0], ast.Constant)
        return asked or _name(message) in _SAYS_AGAIN
    # A name or an attribute was given its text elsewhere, where it is looked at too if it is a text of ours.
    return isinstance(message, (ast.Name, ast.Attribute))


def _is_text_of(node: ast.AST, name: str) -> bool:
    """`str(err)`, or `err` inside an f-string or put into another text."""
    if isinstance(node, ast.Call):
        return _name(node) == "str" and any(_is_name(argument, name) for argument in node.args)
    if isinstance(node, ast.FormattedValue):
        return _is_name(node.value, name)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Dict):
        return any(_is_name(value, name) for value in node.right.values)
    return False


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def hidden(file: Path) -> list[Raised]:
    """Functions that ask for a text by a name which they give to something else."""
    return [
        Raised(f"{file.relative_to(ROOT)}:{node.lineno}", node.name)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(part, ast.Name) and part.id == "_" for part in _bound_in(node))
        and any(isinstance(part, ast.Call) and ast.unparse(part.func) == "_" for part in ast.walk(node))
    ]


def _bound_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Name]:
    """Names that the function itself binds; a comprehension keeps its own."""
    comprehensions = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    parts = list(ast.iter_child_nodes(function))
    while parts:
        part = parts.pop()
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *comprehensions)):
            parts.extend(ast.iter_child_nodes(part))
