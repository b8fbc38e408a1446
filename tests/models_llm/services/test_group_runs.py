"""Runs of judges that need all items of a group together."""

from __future__ import annotations

from collections import Counter

import pytest

from annotations.choices import Visible
from annotations.models import Item, Judgement, Project
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.choices import JudgeKind
from models_llm.judging import judge_all
from models_llm.models import JudgeVersion, Shard, Verdict
from models_llm.selectors.judged_items import judged_items
from models_llm.selectors.judges import build_version
from models_llm.selectors.selection import Selection
from models_llm.selectors.verdicts import verdict_detail
from models_llm.services.judges import create_judge
from tests.factories import make_batch, make_items, make_project
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import scripted_version, started_run, work_off

pytestmark = pytest.mark.django_db


def grouped_version(project: Project, **settings: object) -> JudgeVersion:
    return create_judge(project=project, name="listwise", kind=JudgeKind.LISTWISE, engine="scripted", protocol=settings)


def grouped_project(*sizes: int) -> Project:
    """Groups of these sizes, their items one of each in turn, and an item of no group at the end."""
    project = make_project(spec=tag_rubric())
    batch = make_batch(project)
    for turn in range(max(sizes)):
        for number, size in enumerate(sizes):
            if turn < size:
                make_items(
                    project,
                    1,
                    batch,
                    context={"group": number},
                    candidates=[f"{number}-{turn}"],
                    group=f"g{number}",
                )
    make_items(project, 1, batch, context={}, candidates=["alone"])
    return project


def groups_of(shard: Shard) -> list[str | None]:
    return [Item.objects.get(pk=pk).group for pk in shard.item_ids]


def test_shards_of_a_judge_that_wants_groups_end_where_groups_end() -> None:
    run = started_run(version=grouped_version(grouped_project(2, 3, 2)), shard_size=4)
    assert [groups_of(shard) for shard in run.shards.order_by("number")] == [
        ["g0", "g0", "g1", "g1", "g1"],
        ["g2", "g2", None],
    ]
    ungrouped = started_run(version=scripted_version(run.judge_version.judge.project), shard_size=4)
    assert [groups_of(shard) for shard in ungrouped.shards.order_by("number")] == [
        ["g0", "g1", "g2", "g0"],
        ["g1", "g2", "g1", None],
    ]


def test_items_of_no_group_stand_each_for_itself() -> None:
    project = grouped_project(2)
    make_items(project, 2)
    make_items(project, 2, group="")
    run = started_run(version=grouped_version(project), shard_size=1)
    assert [len(shard.item_ids) for shard in run.shards.order_by("number")] == [2, 1, 1, 1, 1, 1]


def test_a_limit_draws_whole_groups_for_a_judge_that_wants_them() -> None:
    version = grouped_version(grouped_project(3, 3, 3))
    for seed in range(5):
        run = started_run(version=version, selection=Selection(limit=7), seed=seed)
        counts = Counter(groups_of(run.shards.get()))
        assert counts.pop(None, 1) == 1
        assert list(counts.values()) == [3, 3]


def test_an_item_is_judged_among_all_of_its_group_whatever_of_it_is_left() -> None:
    project = grouped_project(3)
    version = grouped_version(project)
    run = started_run(version=version)
    shard = run.shards.get()
    first, *rest = shard.item_ids
    verdicts = judge_all(build_version(version.pk, seed=0), judged_items(shard.item_ids))
    whole = {pk: verdict.levels for pk, verdict in zip(shard.item_ids, verdicts, strict=True)}
    record_judgements(
        rater=version.rater,
        rubric=version.rubric,
        judgements=[NewJudgement(item_id=first, levels=whole[first])],
        visible=Visible.BLIND,
    )
    assert work_off(run) == len(rest)
    stored = Judgement.objects.live().filter(item_id__in=rest)
    assert {one.item_id: tuple(one.levels) for one in stored} == {pk: whole[pk] for pk in rest}


def test_the_prompt_of_a_verdict_is_shown_with_all_of_its_group() -> None:
    project = grouped_project(3)
    work_off(started_run(version=grouped_version(project)))
    verdict = Verdict.objects.select_related("judgement__item").filter(judgement__item__group="g0").earliest("pk")
    detail = verdict_detail(project, verdict.judgement_id)
    assert detail is not None
    (call,) = detail.calls
    assert all(f'"0-{turn}"' in call.messages[-1].text for turn in range(3))


def test_what_a_group_used_is_counted_once() -> None:
    run = started_run(version=grouped_version(grouped_project(3)))
    work_off(run)
    judge = build_version(run.judge_version_id, seed=0)
    group = judged_items(run.shards.get().item_ids[:3])
    alone = judge_all(judge, [group[0]])[0].usage.prompt_tokens
    together = sum(one.usage.prompt_tokens or 0 for one in judge_all(judge, group))
    assert alone is not None
    assert alone < together < 3 * alone
    stored = Verdict.objects.filter(run=run, judgement__item__group="g0").values_list("prompt_tokens", flat=True)
    assert sum(tokens or 0 for tokens in stored) == together
