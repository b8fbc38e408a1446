"""Several judges as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec
from annotations.sentences import joined
from annotations.sentences import sentence as _
from models_llm.choices import Flag
from models_llm.engines import Usage
from models_llm.errors import JudgeError
from models_llm.judging.combining import Rating, combine
from models_llm.judging.protocol import Call, ItemVerdict, Judge, JudgedItem
from models_llm.judging.settings import JurySettings

_Verdicts = dict[str, ItemVerdict]
"""What the members said of an item, by their names."""


class JuryJudge:
    """All members judge every item, all at once, and their ratings become one by `combine`.

    A member without a rating of an item is left out of it, and the verdict is flagged; with fewer ratings than the
    quorum there is none. The calls of all members are kept, named after them. Of each criterion the rationale is
    that of the first member which gave the level, and the label mass the lowest.
    """

    def __init__(self, rubric: RubricSpec, *, members: Mapping[str, Judge], settings: JurySettings) -> None:
        """Raises: JudgeError, if there are fewer than two members, or fewer than the quorum."""
        if len(members) < max(2, settings.quorum):
            raise JudgeError(
                _(
                    "expected at least %(fewest)s members of a jury with a quorum of %(quorum)s, got %(n)s",
                    fewest=max(2, settings.quorum),
                    quorum=settings.quorum,
                    n=len(members),
                ),
                about="members",
            )
        self.wants_groups = any(member.wants_groups for member in members.values())
        self._rubric = rubric
        self._members = dict(members)
        self._settings = settings

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        ready: asyncio.Queue[_Said | Exception | None] = asyncio.Queue()
        tasks = [asyncio.ensure_future(_hear(name, member, items, ready)) for name, member in self._members.items()]
        said: dict[int, _Verdicts] = {}
        n_open = len(tasks)
        try:
            while n_open:
                heard = await ready.get()
                if heard is None:
                    n_open -= 1
                    continue
                if isinstance(heard, Exception):
                    raise heard
                at, name, verdict = heard
                said.setdefault(at, {})[name] = verdict
                if len(said[at]) == len(self._members):
                    yield at, self._combine(said.pop(at))
        finally:
            for left in tasks:
                left.cancel()

    def _combine(self, said: _Verdicts) -> ItemVerdict:
        in_order = {name: said[name] for name in self._members}
        rated = {name: one for name, one in in_order.items() if one.outcome is Outcome.RATED}
        shared: dict[str, Any] = {
            "calls": tuple(_named(name, call) for name, one in in_order.items() for call in one.calls),
            "own": reduce(add, (one.own for one in in_order.values()), Usage()),
        }
        if len(rated) < self._settings.quorum:
            left_out = joined(f"{name}: {one.error}" for name, one in in_order.items() if name not in rated)
            reason = _(
                "%(n)s of %(of)s members rated it, the quorum is %(quorum)s (%(left_out)s)",
                n=len(rated),
                of=len(said),
                quorum=self._settings.quorum,
                left_out=left_out,
            )
            return ItemVerdict(Outcome.FAILED, error=reason, **shared)
        verdict = _merged(self._rubric, list(rated.values()), self._settings)
        flags = [flag for one in rated.values() for flag in one.flags]
        flags += [Flag.MEMBER_LEFT_OUT] if len(rated) < len(said) else []
        return replace(verdict, flags=tuple(dict.fromkeys(flags)), **shared)


_Said = tuple[int, str, ItemVerdict]


async def _hear(
    name: str, member: Judge, items: Sequence[JudgedItem], ready: asyncio.Queue[_Said | Exception | None]
) -> None:
    """Put a member's verdicts into the queue as they come, then None; in place of it what stopped the member."""
    places = [at for at, item in enumerate(items) if item.is_asked or member.wants_groups]
    try:
        async for at, verdict in member.judge([items[place] for place in places]):
            ready.put_nowait((places[at], name, verdict))
    except Exception as err:  # noqa: BLE001  raised again by who waits at the queue
        ready.put_nowait(err)
    else:
        ready.put_nowait(None)


def _named(name: str, call: Call) -> Call:
    return replace(call, name=f"{name} · {call.name}" if call.name else name)


def _merged(rubric: RubricSpec, rated: Sequence[ItemVerdict], settings: JurySettings) -> ItemVerdict:
    """The ratings of an item from those of the members that rated it."""
    combined = [
        combine(criterion, [_rating(one, at) for one in rated], settings.combine, trim=settings.trim)
        for at, criterion in enumerate(rubric.criteria)
    ]
    levels = tuple(one.level for one in combined)
    shares = [one.shares for one in combined if one.shares is not None]
    rationales = tuple(_rationale(rated, at, level) for at, level in enumerate(levels))
    masses = tuple(_lowest_mass(rated, at) for at in range(len(levels)))
    return ItemVerdict(
        Outcome.RATED,
        levels=levels,
        distributions=tuple(shares) if len(shares) == len(levels) else None,
        scores=tuple(one.score for one in combined),
        masses=masses if any(mass is not None for mass in masses) else None,
        rationales=rationales if any(rationales) else (),
    )


def _rating(verdict: ItemVerdict, at: int) -> Rating:
    assert verdict.levels is not None  # noqa: S101  it is rated
    return Rating(
        verdict.levels[at],
        None if verdict.distributions is None else verdict.distributions[at],
        None if verdict.scores is None else verdict.scores[at],
    )


def _lowest_mass(rated: Sequence[ItemVerdict], at: int) -> float | None:
    masses = (one.masses[at] for one in rated if one.masses)
    return min((mass for mass in masses if mass is not None), default=None)


def _rationale(rated: Sequence[ItemVerdict], at: int, level: int) -> str:
    said = (one.rationales[at] for one in rated if one.rationales and one.levels and one.levels[at] == level)
    return next(filter(None, said), "")
