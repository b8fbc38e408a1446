"""The cache by content: a verdict on an equal item, by a version that judges alike, is repeated at no cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from annotations.choices import Outcome
from annotations.models import Item, Rubric
from models_llm.choices import Flag
from models_llm.engines import Usage
from models_llm.judging import ItemVerdict
from models_llm.models import Run, Verdict

_COUNTED: Final = ("prompt_tokens", "cached_tokens", "completion_tokens", "cost")
"""What is zero of a verdict that is repeated, and unknown where it was unknown."""

_DRAWING: Final = frozenset({"temperature", "resample_k"})
"""Settings that are 0 where nothing is drawn."""


@dataclass(frozen=True)
class EqualVerdict:
    """A verdict to repeat, and the one that it repeats."""

    verdict: ItemVerdict
    verdict_id: int


def find_equal(run: Run, item_ids: Sequence[int]) -> dict[int, EqualVerdict]:
    """For those of the items that have one, the rated verdict on an item of the same content.

    It is of the same project, by a version of the same digest, and live. Where the judge draws at random it is of the
    same seed too: another seed stands for another draw.
    """
    version = run.judge_version
    if not version.digest or not item_ids:
        return {}
    digests = _content_digests(item_ids)
    alike = Verdict.objects.filter(
        judgement__item__project_id=version.judge.project_id,
        judgement__item__content_digest__in=set(digests.values()),
        judgement__superseded_at__isnull=True,
        judgement__outcome=Outcome.RATED,
        run__judge_version__digest=version.digest,
    )
    if draws(version.config):
        alike = alike.filter(run__seed=run.seed)
    verdicts = {
        bytes(verdict.judgement.item.content_digest): verdict
        for verdict in alike.select_related("judgement__item")
        .only("copied_from_id", "masses", "flags", "judgement__levels", "judgement__scores", "judgement__distributions",
              "judgement__rationales", "judgement__item__content_digest", *_COUNTED)
        .order_by("pk")
    }  # fmt: skip
    equal = {
        digest: EqualVerdict(_repeated(verdict, version.rubric), verdict.copied_from_id or verdict.pk)
        for digest, verdict in verdicts.items()
    }
    return {pk: equal[digest] for pk, digest in digests.items() if digest in equal}


def first_of_equals(item_ids: Sequence[int]) -> list[int]:
    """Of the items with the same content the first, in order."""
    digests = _content_digests(item_ids)
    firsts: dict[bytes, int] = {}
    for item_id in item_ids:
        firsts.setdefault(digests[item_id], item_id)
    return list(firsts.values())


def draws(settings: Any) -> bool:
    """Whether a judge so set draws at random, itself or one of its members."""
    if isinstance(settings, Mapping):
        return any(
            (name in _DRAWING and isinstance(value, int | float) and value > 0) or draws(value)
            for name, value in settings.items()
        )
    return isinstance(settings, list) and any(draws(value) for value in settings)


def _content_digests(item_ids: Sequence[int]) -> dict[int, bytes]:
    items = Item.objects.filter(pk__in=item_ids)
    return {pk: bytes(digest) for pk, digest in items.values_list("pk", "content_digest")}


def _repeated(verdict: Verdict, rubric: Rubric) -> ItemVerdict:
    judgement = verdict.judgement
    return ItemVerdict(
        Outcome.RATED,
        levels=tuple(level for level in judgement.levels if level is not None),
        distributions=None if judgement.distributions is None else _by_criterion(judgement.distributions, rubric),
        scores=None if judgement.scores is None else tuple(judgement.scores),
        masses=None if verdict.masses is None else tuple(verdict.masses),
        rationales=tuple(judgement.rationales or ()),
        flags=tuple(Flag(flag) for flag in verdict.flags),
        own=replace(Usage(), **{name: 0 for name in _COUNTED if getattr(verdict, name) is not None}),
    )


def _by_criterion(shares: Sequence[float], rubric: Rubric) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(shares[where]) for where in rubric.spec().level_slices)
