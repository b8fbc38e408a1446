"""Equal items under equal versions cost once."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.models import Item, Judgement, Project
from models_llm.choices import Which
from models_llm.engines import Sampling
from models_llm.models import JudgeVersion, Run, Verdict
from models_llm.selectors.runs import run_progress
from models_llm.selectors.selection import Selection
from models_llm.services.judges import create_judge
from models_llm.services.reuse import draws
from tests.factories import make_items
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run, work_off

pytestmark = pytest.mark.django_db


def copy_of(item: Item) -> Item:
    [copy] = make_items(item.project, 1, item.batch, context=item.context, candidates=item.candidates)
    Item.objects.filter(pk=copy.pk).update(content_digest=item.content_digest)
    return copy


def judged(version: JudgeVersion, **selection: Any) -> Run:
    run = started_run(version=version, selection=Selection(**selection))
    work_off(run)
    return run


def verdict_on(item: Item, run: Run) -> Verdict:
    return Verdict.objects.select_related("judgement").get(judgement__item=item, run=run)


def first_item(project: Project) -> Item:
    item = project.items.order_by("pk").first()
    assert item is not None
    return item


def sampled_version(project: Project) -> JudgeVersion:
    return create_judge(
        project=project, name="hot", engine="scripted", model="", engine_settings={}, sampling=Sampling(temperature=0.7)
    )


def test_an_item_of_the_same_content_gets_a_copy_that_costs_nothing() -> None:
    project = project_with_items(2)
    version = scripted_version(project)
    original = verdict_on(first_item(project), judged(version))
    copy = copy_of(first_item(project))
    make_items(project, 1, context={"number": "another"})
    run = judged(version)
    repeated = verdict_on(copy, run)
    assert repeated.copied_from_id == original.pk
    assert (repeated.judgement.levels, repeated.judgement.rationales) == (
        original.judgement.levels,
        original.judgement.rationales,
    )
    assert original.prompt_tokens
    assert (repeated.prompt_tokens, repeated.completion_tokens, repeated.engine_s, repeated.cost) == (0, 0, 0, None)
    assert repeated.calls == []
    shard = run.shards.get()
    assert (shard.n_rated, shard.n_copied) == (2, 1)
    assert run_progress(Run.objects.get(pk=run.pk)).metering.n_copied == 1


def test_of_equal_items_in_one_shard_one_is_judged_and_the_others_repeat_it() -> None:
    project = project_with_items(2)
    item = first_item(project)
    copies = [copy_of(item) for _ in range(3)]
    run = judged(scripted_version(project))
    original = verdict_on(item, run)
    assert (original.copied_from_id, len(original.calls)) == (None, 1)
    repeated = [verdict_on(copy, run) for copy in copies]
    assert [(one.copied_from_id, one.calls) for one in repeated] == [(original.pk, [])] * 3
    assert [one.judgement.levels for one in repeated] == [original.judgement.levels] * 3
    shard = run.shards.get()
    assert (shard.n_rated, shard.n_copied) == (5, 3)
    assert Judgement.objects.count() == 5


def test_of_equal_items_in_one_shard_each_is_judged_where_the_first_got_no_rating() -> None:
    project = project_with_items(1)
    copy_of(first_item(project))
    run = judged(scripted_version(project, faults={"garbage": 1.0}))
    assert (run.shards.get().n_unparsed, run.shards.get().n_copied) == (2, 0)
    assert all(len(verdict.calls) == 1 for verdict in Verdict.objects.all())


def test_of_equal_items_that_are_judged_again_on_purpose_each_is_asked() -> None:
    project = project_with_items(1)
    version = scripted_version(project)
    judged(version)
    copy_of(first_item(project))
    assert judged(version, which=Which.ALL).shards.get().n_copied == 0


def test_a_copy_of_a_copy_points_to_what_was_judged() -> None:
    project = project_with_items(1)
    version = scripted_version(project)
    item = first_item(project)
    original = verdict_on(item, judged(version))
    copy_of(item)
    judged(version)
    last = copy_of(item)
    assert verdict_on(last, judged(version)).copied_from_id == original.pk


def test_a_version_made_again_with_the_same_configuration_repeats_its_predecessor() -> None:
    project = project_with_items(3)
    judged(scripted_version(project))
    again = scripted_version(project)
    run = judged(again)
    assert run.shards.get().n_copied == 3
    assert Judgement.objects.filter(rater=again.rater).count() == 3


def test_another_configuration_judges_for_itself() -> None:
    project = project_with_items(3)
    judged(scripted_version(project))
    assert judged(scripted_version(project, table={"x": "y"})).shards.get().n_copied == 0


def test_another_project_never_lends_its_verdicts() -> None:
    theirs = project_with_items(1)
    judged(scripted_version(theirs))
    mine = project_with_items(1)
    assert first_item(mine).context == first_item(theirs).context
    Item.objects.update(content_digest=b"the same for all")
    assert judged(scripted_version(mine)).shards.get().n_copied == 0


def test_whoever_judges_again_on_purpose_gets_no_copy() -> None:
    project = project_with_items(2)
    version = scripted_version(project)
    judged(version)
    assert judged(version, which=Which.ALL).shards.get().n_copied == 0


def test_what_was_not_rated_is_not_repeated() -> None:
    project = project_with_items(1)
    version = scripted_version(project, faults={"garbage": 1.0})
    judged(version)
    copy_of(first_item(project))
    assert judged(version).shards.get().n_copied == 0


@pytest.mark.parametrize(("seed", "n_copied"), [(0, 1), (1, 0)])
def test_a_judge_that_draws_repeats_only_the_draw_of_the_same_seed(seed: int, n_copied: int) -> None:
    project = project_with_items(1)
    version = sampled_version(project)
    judged(version)
    copy_of(first_item(project))
    run = started_run(version=version, seed=seed)
    work_off(run)
    assert run.shards.get().n_copied == n_copied


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"sampling": {"temperature": 0.0}}, False),
        ({"sampling": {"temperature": 0.7}}, True),
        ({"members": [{"sampling": {"temperature": 0}}, {"sampling": {"temperature": 1}}]}, True),
        ({"protocol": {"resample_k": 0, "resample_temperature": 0.7}}, False),
        ({"protocol": {"resample_k": 4, "resample_temperature": 0.7}}, True),
        ({"prompt": {"user": "temperature"}}, False),
    ],
)
def test_a_judge_draws_where_any_of_its_temperatures_is_above_zero(config: Any, expected: bool) -> None:
    assert draws(config) is expected
