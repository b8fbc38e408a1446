"""Judges that take each item by itself."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.choices import Flag
from models_llm.engines import Completion, Engine, FinishReason
from models_llm.errors import UnansweredError
from models_llm.judging.asking import Asking
from models_llm.judging.protocol import Call, ItemVerdict, JudgedItem
from models_llm.parsing import parse_reply, storable

_UNREAD: Final = {
    FinishReason.LENGTH: (Outcome.TRUNCATED, "the reply was cut off at the token limit"),
    FinishReason.REFUSED: (Outcome.REFUSED, "the server or the model declined to answer"),
    FinishReason.FAILED: (Outcome.FAILED, "the engine gave no reply"),
}

log = structlog.get_logger(__name__)


class UnratedError(Exception):
    """An item got no rating: `outcome` says what kind of end it was, the text why."""

    def __init__(self, outcome: Outcome, reason: str, rationales: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.rationales = rationales


@dataclass(frozen=True)
class Ratings:
    """What a judge says of an item; the fields are those of `ItemVerdict`."""

    levels: tuple[int, ...]
    distributions: tuple[tuple[float, ...], ...] | None = None
    scores: tuple[float | None, ...] | None = None
    masses: tuple[float | None, ...] | None = None
    rationales: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()


class ItemJudge(ABC):
    """Judges all given items at once; how many prompts are really under way is the engine's to say."""

    wants_groups: bool = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @abstractmethod
    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        """Ratings of one item, every question put through `asking`.

        Raises: UnratedError.
        """

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        tasks = [asyncio.ensure_future(self._judge_one(at, item)) for at, item in enumerate(items)]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for left in tasks:
                left.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # nobody else asks how they ended

    async def _judge_one(self, at: int, item: JudgedItem) -> tuple[int, ItemVerdict]:
        asking = Asking(self._engine)
        try:
            ratings = await self.rate(item, asking)
        except UnansweredError:
            raise
        except Exception as err:  # noqa: BLE001  one item must not take its shard down with it
            return at, unrated(err, asking.calls)
        verdict = ItemVerdict(
            Outcome.RATED,
            levels=ratings.levels,
            distributions=ratings.distributions,
            scores=ratings.scores,
            masses=ratings.masses,
            rationales=ratings.rationales,
            calls=tuple(asking.calls),
            flags=ratings.flags,
        )
        return at, verdict


def unrated(err: Exception, calls: Sequence[Call] = ()) -> ItemVerdict:
    """The verdict where judging ended so. What nobody foresaw is a failure, and stands in the log."""
    if isinstance(err, UnratedError):
        return ItemVerdict(err.outcome, error=str(err), rationales=err.rationales, calls=tuple(calls))
    log.error("judging an item failed", exc_info=err)
    reason = _("judging failed: %(kind)s: %(fault)s", kind=type(err).__name__, fault=storable(str(err))[:500])
    return ItemVerdict(Outcome.FAILED, error=reason, calls=tuple(calls))


def read_whole(completion: Completion) -> str:
    """The text of a reply that ended by itself. A cut-off reply is never read, even where its beginning could be.

    Raises: UnratedError, for any other.
    """
    if completion.finish_reason is FinishReason.STOP:
        return completion.text
    outcome, reason = _UNREAD[completion.finish_reason]
    raise UnratedError(outcome, storable(completion.error) or reason)


def read_ratings(completion: Completion, rubric: RubricSpec) -> Ratings:
    """The ratings that a structured reply states.

    Raises: UnratedError, if there are none for some criterion.
    """
    reply = parse_reply(read_whole(completion), rubric)
    if reply.levels is None:
        raise UnratedError(reply.outcome, reply.reason, reply.rationales)
    return Ratings(reply.levels, rationales=reply.rationales)
