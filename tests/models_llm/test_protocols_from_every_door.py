"""What each protocol promises, held to what a run of it stored: made through every door by lot, and on a real model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, median
from typing import Any

import pytest

from annotations.choices import GoldSource, Outcome
from annotations.models import Gold, Judgement, Project
from annotations.rubrics import CriterionSpec
from models_llm.choices import Flag, JudgeKind, RunState
from models_llm.engines import close_engines
from models_llm.models import Run
from models_llm.selectors.verdicts import VerdictDetail, verdict_detail
from tests.models_llm.doors import DOORS, Door, version_of
from tests.models_llm.services.judged_projects import work_off
from tests.models_llm.test_kinds_from_every_door import project_for, scripted, tiny

pytestmark = pytest.mark.django_db
Engine = Callable[[], dict[str, Any]]

every_door = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
every_door_and_a_real_model = pytest.mark.parametrize(
    ("door", "engine"),
    [*((door, scripted) for door in DOORS.values()), (DOORS["API"], tiny)],
    ids=[*DOORS, "real model"],
)


@pytest.fixture(scope="module", autouse=True)
def engines_closed_afterwards() -> Iterator[None]:
    yield
    close_engines()


def judged(door: Door, project: Project, name: str) -> list[VerdictDetail]:
    """The verdicts of a run of the judge of that name, in the order of the items, with their exact prompts."""
    door.run(project, name)
    run = Run.objects.get(judge_version__judge__name=name)
    work_off(run)
    run.refresh_from_db()
    assert run.state == RunState.COMPLETE
    found = Judgement.objects.filter(verdict__run=run).order_by("item_id").values_list("pk", flat=True)
    details = [verdict_detail(project, pk) for pk in found]
    assert all(detail is not None and all(shown.messages for shown in detail.calls) for detail in details)
    return [detail for detail in details if detail is not None]


def made_and_judged(
    door: Door, kind: JudgeKind, engine: Engine, project: Project | None = None, **document: Any
) -> list[VerdictDetail]:
    project = project or project_for(kind)
    door.make(project, "mine", {"kind": kind.value, **engine(), "sampling": {"max_tokens": 60}, **document})
    return judged(door, project, "mine")


def names_of(detail: VerdictDetail) -> list[str]:
    return [shown.call.name for shown in detail.calls]


def shares_of(detail: VerdictDetail, name: str) -> tuple[float, ...]:
    """The weights of a call's labels, made to sum to 1."""
    weights = next(shown.call.completion.weights for shown in detail.calls if shown.call.name == name)
    assert weights is not None
    return tuple(weight / sum(weights) for weight in weights)


def entropy_of(shares: Sequence[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share) / math.log(len(shares))


def levels_of(detail: VerdictDetail) -> list[int]:
    assert detail.judgement.outcome == Outcome.RATED, detail.verdict
    return [level for level in detail.judgement.levels if level is not None]


@every_door
def test_a_pointwise_judge_has_one_reply_with_a_rationale_for_every_criterion(door: Door) -> None:
    for detail in made_and_judged(door, JudgeKind.POINTWISE, scripted):
        assert names_of(detail) == [""]
        assert detail.judgement.rationales == ["drawn by lot"] * 3
        assert [row.given is not None for row in detail.criteria] == [True] * 3


@every_door_and_a_real_model
def test_reasons_are_asked_for_after_the_label_and_the_label_stays(door: Door, engine: Engine) -> None:
    details = made_and_judged(door, JudgeKind.PER_CRITERION, engine, protocol={"rationales": True})
    for detail in details:
        keys = [row.criterion.key for row in detail.criteria]
        assert names_of(detail) == [name for key in keys for name in (key, f"{key} · rationale")]
        for at, row in enumerate(detail.criteria):
            label, reasons = detail.calls[2 * at : 2 * at + 2]
            assert levels_of(detail)[at] == max(range(len(label.weights)), key=lambda level: label.weights[level].share)
            assert row.given is not None
            given, why = reasons.messages[-2:]
            assert reasons.messages[:-2] == label.messages
            assert (given.role, given.text) == ("assistant", label.weights[levels_of(detail)[at]].name)
            assert row.given.label in why.text
    # Rubric first, then the item, then the question: what comes before the question is the same in all prompts.
    assert len({shown.messages[0].text for detail in details for shown in detail.calls}) == 1
    for detail in details:
        [candidate] = detail.judgement.item.candidates
        upto_candidate = {shown.messages[1].text.partition(candidate)[0] for shown in detail.calls}
        assert len(upto_candidate) == 1


@every_door_and_a_real_model
def test_more_answers_are_drawn_only_where_the_entropy_of_the_first_is_high(door: Door, engine: Engine) -> None:
    protocol = {"resample_k": 3, "resample_above": 0.8}
    details = made_and_judged(door, JudgeKind.PER_CRITERION, engine, protocol=protocol)
    uncertain = []
    for detail in details:
        for row in detail.criteria:
            key = row.criterion.key
            uncertain.append(entropy_of(shares_of(detail, key)) > 0.8)
            drawn = [name for name in names_of(detail) if name.startswith(f"{key} · draw")]
            assert drawn == [f"{key} · draw {number}" for number in (1, 2, 3) if uncertain[-1]]
        assert detail.verdict is not None
        assert (Flag.RESAMPLED in detail.verdict.flags) == any(uncertain[-len(detail.criteria) :])
    if engine is scripted:
        assert 0 < sum(uncertain) < len(uncertain)


@every_door_and_a_real_model
def test_a_defect_is_bad_and_the_share_of_best_levels_sets_the_tier(door: Door, engine: Engine) -> None:
    details = made_and_judged(door, JudgeKind.SENIOR_REVIEWER, engine, protocol={"superior_share": 1.0})
    for detail in details:
        *dimensions, tier = levels_of(detail)
        # Levels of the dimensions go from the passing one to the failing one, those of the tier from bad to excellent;
        # the dimensions have one level that passes, which is their best.
        assert tier == (0 if 1 in dimensions else 2)
        assert names_of(detail) == ["relevance", "validity"]


@every_door_and_a_real_model
def test_both_orders_of_a_pair_are_stored_and_what_they_disagree_on_is_a_tie(door: Door, engine: Engine) -> None:
    details = made_and_judged(door, JudgeKind.PAIRWISE, engine)
    for detail in details:
        [criterion] = [row.criterion for row in detail.criteria]
        first, second = (shares_of(detail, f"{criterion.key} · {order}") for order in ("as stored", "swapped"))
        a, b, tie = (criterion.positions[key] for key in ("a", "b", "tie"))
        swapped = {a: b, b: a, tie: tie}
        said = likeliest(first), swapped[likeliest(second)]
        assert levels_of(detail) == [said[0] if said[0] == said[1] else tie]
        assert detail.verdict is not None
        assert (Flag.ORDERS_DISAGREE in detail.verdict.flags) == (said[0] != said[1])
        shown = [one.messages[-1].text for one in detail.calls]
        texts = detail.judgement.item.candidates
        assert [text.index(texts[0]) < text.index(texts[1]) for text in shown] == [True, False]


def likeliest(shares: Sequence[float]) -> int:
    return max(range(len(shares)), key=lambda level: shares[level])


@every_door
def test_the_items_of_a_group_stand_side_by_side_in_one_prompt(door: Door) -> None:
    details = made_and_judged(door, JudgeKind.LISTWISE, scripted)
    by_group: dict[str | None, set[str]] = {}
    for detail in details:
        assert names_of(detail) == [""]
        by_group.setdefault(detail.judgement.item.group, set()).add(detail.calls[0].call.prompt_digest)
        prompt = detail.calls[0].messages[-1].text
        for item in detail.judgement.item.project.items.filter(group=detail.judgement.item.group):
            assert item.candidates[0] in prompt
    assert [len(digests) for digests in by_group.values()] == [1, 1]
    assert len(set.union(*by_group.values())) == 2


COMBINED: dict[str, Callable[[list[float]], float]] = {
    "mean": fmean,
    "median": median,
    "trimmed_mean": lambda scores: fmean(sorted(scores)[1:-1]),  # a quarter of four off each end
}


@every_door
@pytest.mark.parametrize("how", ["vote", *COMBINED])
def test_a_jury_combines_what_its_members_say_alone(door: Door, how: str) -> None:
    project = project_for(JudgeKind.JURY)
    members: dict[str, dict[str, Any]] = {
        "one reply": {"kind": "pointwise"},
        "letters": {"kind": "per_criterion"},
        "draws": {"kind": "per_criterion", "protocol": {"resample_k": 2, "resample_above": 0.1}},
        "side by side": {"kind": "listwise"},
    }
    for name, document in members.items():
        door.make(project, name, {**document, **scripted(), "sampling": {"max_tokens": 60}})
    seats = [f"{name} v1" for name in members]
    door.make(project, "jury", {"kind": "jury", "members": seats, "protocol": {"combine": how, "trim": 0.25}})
    together, *alone = (judged(door, project, name) for name in ("jury", *members))
    for detail, *apart in zip(together, *alone, strict=True):
        assert {name.split(" · ")[0] for name in names_of(detail)} == set(seats)
        for at, row in enumerate(detail.criteria):
            levels = [levels_of(one)[at] for one in apart]
            scores = [score_of(one, at, row.criterion) for one in apart]
            if how == "vote":
                assert levels.count(levels_of(detail)[at]) == max(map(levels.count, levels))
                scores = [row.criterion.values[level] for level in levels]
            assert row.score == pytest.approx(COMBINED.get(how, fmean)(scores), abs=1e-5)


def score_of(detail: VerdictDetail, at: int, criterion: CriterionSpec) -> float:
    """The member's score; of one that gives none, its level's value."""
    score = detail.criteria[at].score
    return criterion.values[levels_of(detail)[at]] if score is None else score


@every_door
def test_examples_are_frozen_and_stand_before_every_item(door: Door) -> None:
    project = project_for(JudgeKind.POINTWISE)
    first, *rest = project.items.order_by("pk")
    Gold.objects.create(item=first, rubric=project.current_rubric(), levels=[1, 0, 2], source=GoldSource.IMPORTED)
    asked = {"kind": "pointwise", **scripted(), "sampling": {"max_tokens": 60}, "examples": {"n": 1}}
    door.make(project, "mine", asked)
    Gold.objects.update(levels=[0, 1, 0])  # people change their minds; the version does not
    details = judged(door, project, "mine")
    assert [detail.judgement.item for detail in details] == rest
    assert version_of(project, "mine").seen_item_ids == {first.pk}
    [system] = {detail.calls[0].messages[0].text for detail in details}
    assert '{"relevance": "Weak Relevance", "validity": "Validity", "style": "Excellent"}' in system
    assert system.index("The tag follows from the interest.") < system.index(first.candidates[0])
