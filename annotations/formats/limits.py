"""What the tables can hold, checked where a row is read, so that one bad row never stops a whole copy."""

from __future__ import annotations

from typing import Final

from annotations.choices import Scale
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _

LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 100_000


class RowFault(Exception):  # noqa: N818  it is a fault of the row, found and reported, not of the program
    """A row that cannot go in. `str(fault)` says what was expected and what came."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def candidates_under(rubric: RubricSpec) -> int:
    """How many candidates an item has: a preference is between two, every other rubric judges one."""
    return 2 if any(criterion.scale is Scale.PREFERENCE for criterion in rubric.criteria) else 1


def checked_id(text: str) -> str:
    return checked_name(text, _("the id"))


def checked_name(text: str, what: str) -> str:
    """A name that fits its column and can stand on one line.

    Raises: RowFault.
    """
    if not text or len(text) > LONGEST_NAME:
        raise RowFault(
            "name_length",
            _(
                "expected 1 to %(most)s characters in %(what)s, got %(n)s",
                most=LONGEST_NAME,
                what=what,
                n=len(text),
            ),
        )
    if not text.isprintable():
        raise RowFault(
            "name_unprintable",
            _("expected %(what)s without line breaks and control characters, got %(text)s", what=what, text=repr(text)),
        )
    return text


def checked_text(text: str) -> str:
    """A text that PostgreSQL can keep.

    Raises: RowFault.
    """
    if len(text) > LONGEST_TEXT:
        raise RowFault(
            "text_too_long",
            _(
                "expected a text of at most %(most)s characters, got %(n)s",
                most=LONGEST_TEXT,
                n=len(text),
            ),
        )
    if "\x00" in text:
        raise RowFault("nul_character", _("expected a text without NUL characters, which PostgreSQL cannot keep"))
    return text
