"""Projects with judges for the tests of runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from annotations.choices import Outcome, RaterKind, Visible, WorkState
from annotations.models import Item, Judgement, Project
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.choices import RunState, ShardState
from models_llm.models import JudgeVersion, Retry, Run
from models_llm.selectors.selection import Selection, selection_record
from models_llm.services.judges import create_judge
from models_llm.services.preparing import prepare_run
from models_llm.services.retrying import cut_retry, request_retry
from models_llm.services.runs import SHARD_SIZE, start_run
from models_llm.services.shards import judge_shard
from tests.factories import make_batch, make_items, make_project, make_rater
from tests.models_llm.judging.examples import rated_items
from tests.models_llm.rubrics import tag_rubric


def project_with_items(n: int) -> Project:
    project = make_project(spec=tag_rubric())
    batch = make_batch(project)
    for number in range(n):  # each with a text of its own: a scripted engine says the same to the same
        make_items(project, 1, batch, context={"number": number})
    return project


def scripted_version(project: Project, **engine_settings: object) -> JudgeVersion:
    return create_judge(project=project, name="scripted", engine="scripted", model="", engine_settings=engine_settings)


def reviewed_project(n: int, *, n_rated: int) -> tuple[Project, list[Item]]:
    """Items of which the first were rated by one person, by a rule that follows from their texts."""
    project = make_project(spec=tag_rubric())
    examples = rated_items(n, tag_rubric())
    items = [
        make_items(project, 1, context=one.item.context, candidates=list(one.item.candidates), group=one.group)[0]
        for one in examples
    ]
    record_judgements(
        rater=make_rater(project, RaterKind.PERSON),
        rubric=project.current_rubric(),
        judgements=[
            NewJudgement(item_id=item.pk, levels=one.levels)
            for item, one in zip(items[:n_rated], examples[:n_rated], strict=True)
        ],
        visible=Visible.BLIND,
    )
    return project, items


def started_run(*, version: JudgeVersion, **asked: Any) -> Run:
    """A run that a worker has prepared."""
    return prepared(start_run(version=version, **asked))


def prepared(run: Run) -> Run:
    """The run with its shards, as a worker gives it them first of all."""
    prepare_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def retried(
    run: Run, outcomes: Collection[Outcome] = (Outcome.FAILED,), item_ids: Collection[int] | None = None
) -> int:
    """How many of the run's items are judged again, once a worker has collected them."""
    retry = request_retry(run=run, outcomes=outcomes, item_ids=item_ids)
    assert cut_retry(retry_id=retry.pk)
    retry.refresh_from_db()
    run.refresh_from_db()
    assert (retry.state, retry.error, retry.n_items is None) == (WorkState.READY, "", False)
    return retry.n_items or 0


def run_without_shards(version: JudgeVersion, *, n_items: int) -> Run:
    """A run that is said to judge so many items, for verdicts that a test makes by itself."""
    return Run.objects.create(
        judge_version=version,
        state=RunState.RUNNING,
        selection=selection_record(Selection()),
        n_items=n_items,
        shard_size=SHARD_SIZE,
        prepared_at=timezone.now(),
    )


def work_off(run: Run) -> int:
    """Do all that a worker would for the run, each open shard once; how many verdicts were stored."""
    prepare_run(run_id=run.pk)
    for retry in Retry.objects.unfinished().filter(run=run):
        cut_retry(retry_id=retry.pk)
    return sum(
        judge_shard(shard_id=pk)
        for pk in run.shards.exclude(state=ShardState.DONE).order_by("number").values_list("pk", flat=True)
    )


def live_outcomes(version: JudgeVersion) -> dict[int, str]:
    """Outcome by item of the version's live verdicts."""
    return dict(Judgement.objects.live().filter(rater=version.rater).values_list("item_id", "outcome"))
