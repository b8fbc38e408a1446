"""Judges that are fitted, from their making over a run to a seat in a jury, by the page, the API and the command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotations.choices import Outcome
from annotations.models import Judgement, Project
from models_llm.choices import Flag, JudgeKind, Queue, RunState
from models_llm.engines import close_engines
from models_llm.models import JudgeVersion, Run, Verdict
from models_llm.selectors.jury import jury_errors
from tests.models_llm.doors import DOORS, Door, version_of
from tests.models_llm.services.judged_projects import reviewed_project, work_off
from tests.models_llm.views.test_pages import signed_in
from tests.real_models import tiny_model_folder

pytestmark = pytest.mark.django_db
N_ITEMS, N_RATED = 48, 44
SAMPLING: dict[str, Any] = {"sampling": {"max_tokens": 60}}
every_door = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


@pytest.fixture(autouse=True)
def models_apart(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MODEL_ROOT = tmp_path / "models"
    yield
    close_engines()


@pytest.fixture
def project() -> Project:
    return reviewed_project(N_ITEMS, n_rated=N_RATED)[0]


def judged(door: Door, project: Project, name: str) -> list[Judgement]:
    """What a run of the judge of that name says, in the order of the items."""
    door.run(project, name)
    run = Run.objects.get(judge_version__judge__name=name)
    work_off(run)
    run.refresh_from_db()
    assert run.state == RunState.COMPLETE
    return list(Judgement.objects.filter(verdict__run=run).order_by("item_id"))


def check_judged_what_it_has_not_seen(version: JudgeVersion, verdicts: list[Judgement]) -> None:
    unseen = set(version.judge.project.items.values_list("pk", flat=True)) - version.seen_item_ids
    assert {verdict.item_id for verdict in verdicts} == unseen
    assert 0 < len(version.seen_item_ids) < N_RATED
    assert {verdict.outcome for verdict in verdicts} == {Outcome.RATED}
    assert all(sum((verdict.distributions or [])[:2]) == pytest.approx(1, abs=1e-5) for verdict in verdicts)


def reward_model(**params: Any) -> dict[str, Any]:
    return {"base": str(tiny_model_folder()), "epochs": 1, "max_tokens": 64, "seed": 4, **params}


@every_door
def test_a_baseline_is_fitted_and_judges_what_it_has_not_seen(door: Door, project: Project) -> None:
    door.fit(project, "floor")
    version = version_of(project, "floor")
    assert (version.judge.kind, version.queue) == (JudgeKind.BASELINE, Queue.JUDGE)
    check_judged_what_it_has_not_seen(version, judged(door, project, "floor"))


@every_door
def test_a_reward_model_is_trained_and_judges_what_it_has_not_seen(door: Door, project: Project) -> None:
    door.train(project, "distilled", reward_model())
    version = version_of(project, "distilled")
    assert (version.judge.kind, version.queue) == (JudgeKind.REWARD_MODEL, Queue.ENGINE)
    assert version.evaluation is not None
    assert version.evaluation["training"]["n_steps"] > 0
    check_judged_what_it_has_not_seen(version, judged(door, project, "distilled"))


@every_door
def test_a_baseline_votes_in_a_jury_as_it_judges_by_itself(door: Door, project: Project) -> None:
    door.fit(project, "floor")
    door.make(
        project, "lot", {"kind": "pointwise", "engine": "scripted", "model": "lot", "engine_settings": {}, **SAMPLING}
    )
    door.make(project, "jury", {"kind": "jury", "members": ["floor v1", "lot v1"]})
    check_jury(door, project, "floor", "lot")
    jury = version_of(project, "jury")
    assert (jury.queue, jury.artifact) == (Queue.JUDGE, None)


@every_door
def test_a_reward_model_votes_in_a_jury_as_it_judges_by_itself(door: Door, project: Project) -> None:
    door.train(project, "distilled", reward_model())
    engine = {
        "engine": "transformers_local",
        "model": str(tiny_model_folder()),
        "engine_settings": {"dtype": "float32"},
    }
    door.make(project, "letters", {"kind": "per_criterion", **engine, **SAMPLING})
    door.make(project, "jury", {"kind": "jury", "members": ["distilled v1", "letters v1"]})
    check_jury(door, project, "distilled", "letters")
    assert version_of(project, "jury").queue == Queue.ENGINE


def check_jury(door: Door, project: Project, fitted: str, asking: str) -> None:
    """Of two members that vote, the worse level of each criterion is given where they differ; as each says alone."""
    jury = version_of(project, "jury")
    assert jury.seen_item_ids == version_of(project, fitted).seen_item_ids
    together = judged(door, project, "jury")
    alone = {name: {one.item_id: one for one in judged(door, project, name)} for name in (fitted, asking)}
    check_judged_what_it_has_not_seen(jury, together)
    for verdict in together:
        for at, criterion in enumerate(jury.rubric.spec().criteria):
            levels = [one.levels[at] for one in (verdict, *(by_item[verdict.item_id] for by_item in alone.values()))]
            given, *said = [criterion.values[level] for level in levels if level is not None]
            assert given == min(said)
    calls = [call["name"] for verdict in Verdict.objects.filter(run__judge_version=jury) for call in verdict.calls]
    assert calls
    assert all(name.startswith(f"{asking} v1") for name in calls)
    assert not Verdict.objects.filter(run__judge_version=jury, flags__contains=[Flag.MEMBER_LEFT_OUT]).exists()
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{together[0].pk}/").text
    assert f">{fitted} v1</a>, which asks nobody" in page
    for errors in jury_errors(jury):
        assert sorted(errors.members) == sorted([f"{fitted} v1", f"{asking} v1"])
        # Held-out items that people rated: on those it learnt from a fitted judge is not measured.
        assert errors.n_shared == N_RATED - len(jury.seen_item_ids)
