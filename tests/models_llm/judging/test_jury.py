from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from annotations.choices import Outcome
from models_llm.choices import Flag
from models_llm.engines import Completion, FinishReason, Usage
from models_llm.errors import EngineError, JudgeError
from models_llm.judging import (
    Call,
    ItemVerdict,
    Judge,
    JudgeConfig,
    JudgedItem,
    JuryJudge,
    Member,
    build_judge,
    judge_all,
    read_protocol,
)
from tests.models_llm.judging.test_every_judge import GROUPED, baseline, listwise, pointwise
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
ITEM = JudgedItem({}, ("boots",))
FAILED = ItemVerdict(Outcome.FAILED, error="HTTP 500")


def rated(*levels: int, **fields: Any) -> ItemVerdict:
    call = Call("", "d", Completion("x", FinishReason.STOP, Usage(prompt_tokens=7)))
    return ItemVerdict(Outcome.RATED, levels=levels, **{"calls": (call,), **fields})


class Fixed:
    """A member that says the same of every item."""

    def __init__(self, verdict: ItemVerdict, *, wants_groups: bool = False) -> None:
        self.wants_groups = wants_groups
        self.given: list[JudgedItem] = []
        self._verdict = verdict

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        self.given += items
        for at in reversed(range(len(items))):
            if items[at].is_asked:
                yield at, self._verdict


def jury(*verdicts: ItemVerdict, **settings: Any) -> JuryJudge:
    members: dict[str, Judge] = {f"m{number}": Fixed(one) for number, one in enumerate(verdicts, start=1)}
    return JuryJudge(RUBRIC, members=members, settings=read_protocol("jury", settings))


def verdict_of(*verdicts: ItemVerdict, **settings: Any) -> ItemVerdict:
    (verdict,) = judge_all(jury(*verdicts, **settings), [ITEM])
    return verdict


def test_members_vote_on_each_criterion_by_itself() -> None:
    verdict = verdict_of(rated(0, 0, 2), rated(0, 1, 1), rated(1, 1, 2))
    assert (verdict.outcome, verdict.levels, verdict.flags) == (Outcome.RATED, (0, 1, 2), ())
    assert verdict.distributions is not None
    assert verdict.distributions[0] == pytest.approx((2 / 3, 1 / 3))
    assert verdict.scores == pytest.approx((2 / 3, 1 / 3, 8 / 3))  # style: (3 + 2 + 3) / 3


def test_every_call_is_kept_under_its_members_name() -> None:
    call = Call("relevance", "d", Completion("A", FinishReason.STOP, Usage(prompt_tokens=5)))
    verdict = verdict_of(rated(0, 0, 2), rated(0, 0, 2, calls=(call, replace(call, name="validity"))))
    assert [one.name for one in verdict.calls] == ["m1", "m2 · relevance", "m2 · validity"]
    assert verdict.usage.prompt_tokens == 17


def test_what_a_member_used_itself_is_added() -> None:
    verdict = verdict_of(rated(0, 0, 2, own=Usage(gpu_s=0.5)), rated(0, 0, 2, own=Usage(gpu_s=0.25)))
    assert verdict.usage.gpu_s == 0.75


def test_a_member_without_a_rating_is_left_out_and_the_verdict_says_so() -> None:
    verdict = verdict_of(rated(0, 0, 2), FAILED, rated(0, 1, 2))
    assert verdict.levels == (0, 1, 2)  # validity: one each, so the worse
    assert verdict.flags == (Flag.MEMBER_LEFT_OUT,)
    assert verdict.distributions is not None
    assert verdict.distributions[1] == (0.5, 0.5)


def test_below_the_quorum_there_is_no_rating() -> None:
    verdict = verdict_of(rated(0, 0, 2), FAILED, replace(FAILED, error="HTTP 429"), quorum=2)
    assert (verdict.outcome, verdict.levels) == (Outcome.FAILED, None)
    assert verdict.error == "1 of 3 members rated it, the quorum is 2 (m2: HTTP 500; m3: HTTP 429)"
    assert len(verdict.calls) == 1
    assert verdict_of(rated(0, 0, 2), FAILED, FAILED, quorum=1).levels == (0, 0, 2)


def test_flags_masses_and_rationales_come_from_the_members() -> None:
    first = rated(1, 0, 2, rationales=("weak", "", "fine"), masses=(0.8, None, 0.95), flags=(Flag.LOW_MASS,))
    second = rated(0, 0, 2, rationales=("strong", "sold", "neat"), masses=(0.9, None, 0.9))
    verdict = verdict_of(first, second, rated(0, 0, 1))
    assert verdict.levels == (0, 0, 2)
    assert verdict.rationales == ("strong", "sold", "fine")
    assert verdict.masses == (0.8, None, 0.9)
    assert verdict.flags == (Flag.LOW_MASS,)


def test_under_the_median_there_is_a_score_and_no_distribution() -> None:
    verdict = verdict_of(rated(0, 0, 2), rated(0, 1, 1), rated(1, 1, 2), combine="median")
    assert (verdict.levels, verdict.distributions, verdict.scores) == ((0, 1, 2), None, (1.0, 0.0, 3.0))


def test_only_a_member_that_wants_groups_sees_items_that_are_not_asked() -> None:
    plain, grouped = Fixed(rated(0, 0, 2)), Fixed(rated(0, 0, 2), wants_groups=True)
    both = JuryJudge(RUBRIC, members={"plain": plain, "grouped": grouped}, settings=read_protocol("jury", {}))
    shown = replace(ITEM, candidates=("pan",), is_asked=False)
    assert both.wants_groups
    assert len(judge_all(both, [shown, ITEM])) == 1
    assert (plain.given, grouped.given) == ([ITEM], [shown, ITEM])


def test_a_member_that_cannot_begin_stops_the_jury() -> None:
    class Broken(Fixed):
        async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
            if items:
                raise EngineError("no such model")
            yield 0, FAILED

    members: dict[str, Judge] = {"fine": Fixed(rated(0, 0, 2)), "broken": Broken(FAILED)}
    with pytest.raises(EngineError, match="no such model"):
        judge_all(JuryJudge(RUBRIC, members=members, settings=read_protocol("jury", {})), [ITEM])


def config(*members: Member, **protocol: object) -> JudgeConfig:
    settings = {"members": [one.to_json() for one in members], "protocol": protocol}
    artifacts = {one.config.artifact_digest: one.config.artifact for one in members if one.config.artifact}
    return JudgeConfig("jury", settings=settings, member_artifacts=artifacts)


def test_a_jury_is_built_of_the_judges_that_it_froze() -> None:
    frozen = config(Member("one", pointwise(), version_id=3), Member("two", listwise(), revision="r2"))
    assert frozen.members == (
        Member("one", pointwise(), version_id=3),
        Member("two", listwise(), revision="r2"),
    )
    assert frozen.wants_groups
    assert not config(Member("one", pointwise()), Member("two", pointwise())).wants_groups
    (verdict,) = judge_all(build_judge(frozen, RUBRIC), [ITEM])
    assert {call.name for call in verdict.calls} == {"one", "two"}


def test_a_fitted_member_beside_one_that_wants_groups_says_what_it_says_alone() -> None:
    floor = baseline()
    frozen = config(Member("floor", floor), Member("side by side", listwise()), quorum=1)
    assert frozen.settings["members"][0]["artifact_digest"] == hashlib.sha256(floor.artifact).hexdigest()
    assert frozen.members[0].config == floor
    assert frozen.wants_groups
    together, alone, listed = (judge_all(build_judge(one, RUBRIC), GROUPED) for one in (frozen, floor, listwise()))
    for verdict, one, other in zip(together, alone, listed, strict=True):
        said = [part.levels for part in (one, other) if part.levels is not None]
        # Of two that differ the worse is given: the last level of the binary criteria, the first of the ordinal one.
        relevance, validity, style = zip(*said, strict=True)
        assert verdict.levels == (max(relevance), max(validity), min(style))


def test_two_juries_of_other_fitted_members_have_other_digests() -> None:
    one, other = (
        config(Member("floor", JudgeConfig("baseline", artifact=artifact)), Member("two", pointwise()))
        for artifact in (b"one", b"other")
    )
    assert one.digest(RUBRIC, revision="") != other.digest(RUBRIC, revision="")


def test_a_fitted_member_without_its_artifact_is_refused() -> None:
    frozen = replace(config(Member("floor", baseline()), Member("two", pointwise())), member_artifacts={})
    with pytest.raises(JudgeError, match="the artifact is not a fitted baseline judge"):
        build_judge(frozen, RUBRIC)


@pytest.mark.parametrize(
    ("frozen", "message"),
    [
        (config(Member("one", pointwise())), "at least 2 members of a jury with a quorum of 2, got 1"),
        (config(Member("one", pointwise()), Member("two", pointwise()), quorum=3), "at least 3 members"),
        (config(Member("one", pointwise()), Member("one", listwise())), "a name each, got one, one"),
        (config(Member("one", pointwise()), Member("all", config(Member("x", pointwise())))), "no other jury: all"),
        (JudgeConfig("jury", settings={"members": [{"name": "one"}]}), "a member of a jury with name, kind"),
    ],
)
def test_a_jury_that_cannot_sit_is_refused_when_it_is_built(frozen: JudgeConfig, message: str) -> None:
    with pytest.raises(JudgeError, match=message):
        build_judge(frozen, RUBRIC)
