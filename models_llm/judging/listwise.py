"""All candidates of a group side by side in one prompt."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import numpy as np

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.engines import Engine, Sampling, Usage
from models_llm.errors import UnansweredError
from models_llm.judging.asking import Asking
from models_llm.judging.item_judge import UnratedError, read_whole, unrated
from models_llm.judging.protocol import Call, ItemVerdict, JudgedItem
from models_llm.judging.settings import ListwiseSettings
from models_llm.parsing import parse_list_reply
from models_llm.prompting import Example, ListPrompts, PromptTemplate, candidate_names

Placed = tuple[int, JudgedItem]
"""An item with its position among those given."""


class ListwiseJudge:
    """One prompt a group and one structured reply with the levels of every candidate.

    The order of the candidates is drawn by the judge's seed and their contents, so it is the same whenever the same
    group is judged, whatever order the items come in. An item of no group is a group of one. What the call used is
    shared evenly among the items that are asked.
    """

    wants_groups: bool = True

    def __init__(
        self,
        rubric: RubricSpec,
        *,
        engine: Engine,
        sampling: Sampling,
        template: PromptTemplate,
        settings: ListwiseSettings,
        examples: Sequence[Example] = (),
    ) -> None:
        self.prompts = ListPrompts(template, rubric, examples)
        self._rubric = rubric
        self._engine = engine
        self._sampling = sampling
        self._most_items = settings.most_items

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        tasks = [asyncio.ensure_future(self._judge_group(group)) for group in _groups(items)]
        try:
            for task in asyncio.as_completed(tasks):
                for judged in await task:
                    yield judged
        finally:
            for left in tasks:
                left.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # nobody else asks how they ended

    async def _judge_group(self, group: Sequence[Placed]) -> list[tuple[int, ItemVerdict]]:
        """A verdict for each item of the group that is asked."""
        asked = [at for at, item in group if item.is_asked]
        if not asked:
            return []
        asking = Asking(self._engine)
        try:
            verdicts = await self._rate(self._in_order(group), asking)
        except UnansweredError:
            raise
        except Exception as err:  # noqa: BLE001  one group must not take its shard down with it
            verdicts = dict.fromkeys(asked, unrated(err))
        return [
            (at, replace(verdicts[at], calls=_share(asking.calls, part, len(asked)))) for part, at in enumerate(asked)
        ]

    async def _rate(self, group: Sequence[Placed], asking: Asking) -> dict[int, ItemVerdict]:
        items = [item for _, item in group]
        self._check(items)
        candidates = [item.candidates[0] for item in items]
        prompt = self.prompts.prompt(context=items[0].context, candidates=candidates, images=items[0].images)
        reply = read_whole(await asking.complete("", prompt, self._sampling))
        names = candidate_names(len(items))
        parsed = parse_list_reply(reply, self._rubric, names)
        return {
            at: ItemVerdict(one.outcome, levels=one.levels, rationales=one.rationales, error=one.reason)
            for (at, _), one in zip(group, parsed, strict=True)
        }

    def _check(self, items: Sequence[JudgedItem]) -> None:
        """Raises: UnratedError, if the items cannot stand in one prompt."""
        reason = ""
        if len(items) > self._most_items:
            reason = _(
                "the group has %(n)s items and this judge takes %(most)s at most", n=len(items), most=self._most_items
            )
        elif any(len(item.candidates) != 1 for item in items):
            counts = sorted({len(item.candidates) for item in items})
            reason = _(
                "expected items with one candidate each to judge them side by side, got %(counts)s", counts=counts
            )
        elif any(item.context != items[0].context for item in items):
            reason = _(
                "the items of group “%(group)s” have different evidence: they cannot stand side by side",
                group=items[0].group,
            )
        elif any(item.images != items[0].images for item in items):
            reason = _("candidates with images of their own cannot stand side by side: images go with the evidence")
        if reason:
            raise UnratedError(Outcome.FAILED, reason)

    def _in_order(self, group: Sequence[Placed]) -> list[Placed]:
        """The group as it is shown."""
        digests = {at: _digest(item) for at, item in group}
        ordered = sorted(group, key=lambda placed: (digests[placed[0]], placed[0]))
        content = hashlib.sha256("".join(digests[at] for at, _ in ordered).encode()).digest()
        rng = np.random.default_rng([self._sampling.seed, int.from_bytes(content[:8])])
        return [ordered[position] for position in rng.permutation(len(ordered))]


def _groups(items: Sequence[JudgedItem]) -> list[list[Placed]]:
    groups: dict[str | int, list[Placed]] = {}
    for at, item in enumerate(items):
        groups.setdefault(item.group or at, []).append((at, item))
    return list(groups.values())


def _digest(item: JudgedItem) -> str:
    text = json.dumps([item.context, item.candidates], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _share(calls: Sequence[Call], part: int, n: int) -> tuple[Call, ...]:
    """The calls with one of `n` items' shares of what they used; tokens that are left over go to the first items."""
    return tuple(
        replace(call, completion=replace(call.completion, usage=_part(call.completion.usage, part, n)))
        for call in calls
    )


def _part(usage: Usage, part: int, n: int) -> Usage:
    def tokens(count: int | None) -> int | None:
        return None if count is None else count // n + (part < count % n)

    return Usage(
        prompt_tokens=tokens(usage.prompt_tokens),
        cached_tokens=tokens(usage.cached_tokens),
        completion_tokens=tokens(usage.completion_tokens),
        queue_s=usage.queue_s / n,
        engine_s=usage.engine_s / n,
        gpu_s=usage.gpu_s / n,
        cost=None if usage.cost is None else usage.cost / n,
    )
