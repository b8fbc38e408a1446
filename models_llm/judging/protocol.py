"""What every judge takes and gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any, Protocol

from annotations.choices import Outcome
from annotations.images import take_images
from models_llm.choices import Flag
from models_llm.engines import Completion, Usage


@dataclass(frozen=True)
class JudgedItem:
    """What a judge sees of an item: the evidence and the candidates, nothing that any rater said.

    Items of one `group` share their evidence; a judge that wants groups compares them. Images among the values of
    an item are taken out of them, so that no prompt spells one out.

    Attributes:
        images: data URIs; in their places the text has marks such as `[image 1]`.
        is_asked: whether it gets a verdict; otherwise it is there for the sake of its group.
    """

    context: Any
    candidates: tuple[Any, ...]
    group: str = ""
    images: tuple[str, ...] = ()
    is_asked: bool = True

    def __post_init__(self) -> None:
        apart = take_images(self.context, self.candidates)
        if apart.images:
            for name in ("context", "candidates", "images"):
                object.__setattr__(self, name, getattr(apart, name))


@dataclass(frozen=True)
class Call:
    """One question to an engine and what came back.

    Attributes:
        name: what the judge asked it for, such as a criterion's key; empty for a judge that asks once.
        prompt_digest: SHA-256 of the exact prompt.
    """

    name: str
    prompt_digest: str
    completion: Completion


@dataclass(frozen=True)
class ItemVerdict:
    """A judge's outcome on one item, with all that it rests on.

    Attributes:
        levels: a level position for every criterion; None unless `outcome` is RATED.
        distributions: probabilities over the levels of each criterion, each summing to 1; None where the
            judge gives none.
        scores: the expected value of each criterion; None where the judge gives none.
        masses: for each criterion the probability that the model put on its labels together, before they were
            made to sum to 1; None where labels were not weighed.
        rationales: one text for each criterion, or empty.
        error: why there is no rating; empty when RATED.
        calls: every question to an engine, in the order asked; empty for a judge that asks none. Where one question
            was about several items, each has its share of what it used.
        own: what the judge used itself, beside its calls.
        flags: what a reader should know of how the rating came about.
    """

    outcome: Outcome
    levels: tuple[int, ...] | None = None
    distributions: tuple[tuple[float, ...], ...] | None = None
    scores: tuple[float | None, ...] | None = None
    masses: tuple[float | None, ...] | None = None
    rationales: tuple[str, ...] = ()
    error: str = ""
    calls: tuple[Call, ...] = ()
    flags: tuple[Flag, ...] = ()
    own: Usage = field(default=Usage(), compare=False)

    @property
    def usage(self) -> Usage:
        return reduce(add, (call.completion.usage for call in self.calls), self.own)


class Judge(Protocol):
    """One judge under one rubric. It runs on the loop of `models_llm.engines.loop`.

    Attributes:
        wants_groups: whether it needs all items of a group together to judge any of them. Only such a judge is given
            items that are not asked.
    """

    wants_groups: bool

    def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        """One verdict for each item that is asked, with the item's position, as they come.

        An item that cannot be judged has an outcome that says so; nothing is raised for it.

        Raises: UnansweredError, if there is no engine to ask, or it ended; what was not judged by then is left.
        """
        ...
