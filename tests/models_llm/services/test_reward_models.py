from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from annotations.choices import Outcome, WorkState
from annotations.models import Judgement, Project
from annotations.rubrics import RubricSpec, load_rubric
from models_llm.choices import JudgeKind, Queue, RunState
from models_llm.errors import JudgeError
from models_llm.models import Fit, JudgeVersion, Run
from models_llm.services.fits import fit_judge, request_fit
from tests.factories import judge_item, make_batch, make_items, make_project, make_rater
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_model_folder
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import (
    project_with_items,
    reviewed_project,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def models_apart(settings: Any, tmp_path: Path) -> None:
    settings.MODEL_ROOT = tmp_path / "models"


def wanted(project: Project, **params: Any) -> Fit:
    return request_fit(
        project=project,
        name="distilled",
        seed=3,
        held_out_share=0.3,
        user=None,
        kind=JudgeKind.REWARD_MODEL,
        params={"base": "nowhere", **params},
    )


def trained(project: Project, **params: Any) -> JudgeVersion:
    skip_without_transformers()
    fit = wanted(project, **{"base": str(tiny_model_folder()), "epochs": 1, "max_tokens": 64, **params})
    fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    assert fit.error == ""
    assert fit.version is not None
    return fit.version


def test_a_trained_reward_model_is_a_version_that_judges_like_any_other() -> None:
    project = reviewed_project(80, n_rated=80)[0]
    version = trained(project)
    assert (version.judge.kind, version.queue) == (JudgeKind.REWARD_MODEL, Queue.ENGINE)
    fitted, held_out = set(version.config["fitted_item_ids"]), set(version.config["held_out_item_ids"])
    assert fitted.isdisjoint(held_out)
    assert len(fitted) + len(held_out) == 80
    assert version.evaluation is not None
    assert version.evaluation["n_held_out"] == len(held_out)
    assert version.evaluation["training"]["n_teacher"] == 0
    run = started_run(version=version)
    work_off(run)
    judged = Judgement.objects.filter(rater=version.rater)
    assert Run.objects.get(pk=run.pk).state == RunState.COMPLETE
    assert set(judged.values_list("item_id", flat=True)) == held_out
    assert set(judged.values_list("outcome", flat=True)) == {Outcome.RATED}
    assert all(sum((judgement.distributions or [])[:2]) == pytest.approx(1, abs=1e-5) for judgement in judged)


def pairs_project(n: int) -> Project:
    """Pairs of which people prefer the candidate that says “rubric”; where both or none does, it is a tie."""
    project = make_project(spec=load_rubric("preference"))
    person, batch, says = make_rater(project), make_batch(project), ("rubric rubric", "item item")
    for number in range(n):
        first, second = number % 2, number // 2 % 2
        [item] = make_items(project, 1, batch, context={"n": number}, candidates=[says[first], says[second]])
        judge_item(person, item, (2 if first == second else first,))  # the levels are a, b, tie
    return project


def test_a_reward_model_of_pairs_prefers_what_people_prefer_and_no_place() -> None:
    project = pairs_project(64)
    version = trained(project, epochs=6, learning_rate=1e-3)
    assert version.evaluation is not None
    [row] = version.evaluation["criteria"]
    assert row["accuracy"]["value"] > 0.9
    work_off(started_run(version=version))
    said: dict[tuple[bool, ...], set[int | None]] = defaultdict(set)
    for judgement in Judgement.objects.filter(rater=version.rater).select_related("item"):
        said[tuple("rubric" in candidate for candidate in judgement.item.candidates)].add(judgement.levels[0])
    assert said == {(True, False): {0}, (False, True): {1}, (False, False): {2}, (True, True): {2}}


def test_items_with_another_number_of_candidates_are_refused() -> None:
    project = pairs_project(48)
    [item] = make_items(project, 1, candidates=["alone"])
    judge_item(project.raters.get(), item, (0,))
    fit = wanted(project)
    fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    assert "expected items with 2 candidate(s)" in fit.error
    assert "1 of those that people decided have another number" in fit.error


def test_a_rubric_of_pairs_and_single_candidates_is_refused() -> None:
    preference, tag = load_rubric("preference"), tag_rubric()
    project = make_project(spec=RubricSpec("both", (*preference.criteria, *tag.criteria)))
    fit = wanted(project)
    fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    assert "a reward model is trained on either alone" in fit.error


def test_files_that_were_changed_pause_the_run_with_a_reason() -> None:
    project = reviewed_project(60, n_rated=60)[0]
    version = trained(project)
    (Path(version.config["folder"]) / "config.json").write_text("{}")
    run = started_run(version=version)
    work_off(run)
    run.refresh_from_db()
    assert (run.state, run.verdicts.count()) == (RunState.PAUSED, 0)
    assert "their digest is another" in run.note


def test_a_teacher_stands_in_where_people_decided_nothing() -> None:
    project = reviewed_project(80, n_rated=60)[0]
    teacher = scripted_version(project)
    work_off(started_run(version=teacher))
    version = trained(project, teacher_id=teacher.pk)
    assert version.evaluation is not None
    assert version.evaluation["training"]["n_teacher"] == 20


def test_a_teacher_of_another_project_is_refused() -> None:
    skip_without_transformers()
    other = scripted_version(project_with_items(1))
    fit = wanted(reviewed_project(60, n_rated=60)[0], base=str(tiny_model_folder()), teacher_id=other.pk)
    fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    assert fit.state == WorkState.FAILED
    assert f"as teacher, {other.pk} is none" in fit.error


def test_too_few_ratings_are_said_before_anything_is_loaded() -> None:
    fit = wanted(reviewed_project(12, n_rated=12)[0])
    fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    assert fit.state == WorkState.FAILED
    assert "at least 40 items with a majority of people's ratings" in fit.error


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"colour": 1}, "a reward model is asked for by base and any of revision"),
        ({"objective": "guess"}, "expected objective listwise or pairs, got “guess”"),
        ({"base": ""}, "expected the name or folder of a language model"),
        ({"epochs": 0}, "at least 1 epoch"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_and_nothing_is_stored(params: dict[str, Any], said: str) -> None:
    project = project_with_items(0)
    with pytest.raises(JudgeError, match=said):
        wanted(project, **params)
    assert not Fit.objects.exists()
