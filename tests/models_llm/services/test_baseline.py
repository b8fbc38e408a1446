from __future__ import annotations

import hashlib

import pytest

from annotations.choices import Outcome, RaterKind, Visible
from annotations.models import Judgement
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.errors import FitError, JudgeError
from models_llm.models import JudgeVersion
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.judges import create_served_judge
from tests.factories import judge_item, make_items, make_project, make_rater
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import project_with_items, reviewed_project, started_run, work_off

pytestmark = pytest.mark.django_db


def test_a_baseline_is_frozen_with_its_evaluation_and_rater() -> None:
    project, items = reviewed_project(100, n_rated=80)
    version = fit_baseline_judge(project=project, seed=4)
    assert version.artifact is not None
    assert version.artifact_digest == hashlib.sha256(version.artifact).hexdigest()
    assert version.evaluation is not None
    assert (version.evaluation["n_fitted"], version.evaluation["n_held_out"]) == (56, 24)
    relevance, _, style = version.evaluation["criteria"]
    assert relevance["accuracy"]["n_items"] == 24
    assert style["kappa"]["value"] is None
    assert (version.rater.kind, version.rater.name) == (RaterKind.JUDGE, "baseline v1")
    rated = {item.pk for item in items[:80]}
    fitted, held_out = set(version.config["fitted_item_ids"]), set(version.config["held_out_item_ids"])
    assert fitted | held_out == rated
    assert not fitted & held_out


def test_fitting_again_makes_a_version_and_the_same_seed_the_same_artifact() -> None:
    project, _ = reviewed_project(60, n_rated=60)
    first, second = fit_baseline_judge(project=project), fit_baseline_judge(project=project)
    assert (first.number, second.number, second.rater.name) == (1, 2, "baseline v2")
    assert first.artifact_digest == second.artifact_digest


def test_a_fitted_baseline_judges_what_people_did_not() -> None:
    project, items = reviewed_project(100, n_rated=60)
    version = fit_baseline_judge(project=project)
    run = started_run(version=version)
    work_off(run)
    judgement = Judgement.objects.get(rater=version.rater, item=items[99])
    assert judgement.outcome == Outcome.RATED
    assert judgement.distributions is not None
    assert len(judgement.distributions) == 2 + 2 + 3
    assert sum(judgement.distributions) == pytest.approx(3, abs=1e-5)


def test_the_majority_decides_and_a_tie_decides_nothing() -> None:
    project, items = reviewed_project(40, n_rated=40)
    relevance_level = items[0].judgements.get().levels[0]
    judge_item(make_rater(project), items[0], (0 if relevance_level else 1, 0, 2))
    version = fit_baseline_judge(project=project)
    assert version.evaluation is not None
    relevance = version.evaluation["criteria"][0]
    assert relevance["n_fitted"] + relevance["accuracy"]["n_items"] == 39


def test_ratings_given_with_a_verdict_in_sight_and_ratings_of_judges_are_left_out() -> None:
    project = make_project(spec=tag_rubric())
    items = make_items(project, 30)
    judgements = [NewJudgement(item_id=item.pk, levels=(0, 0, 0)) for item in items]
    for kind, visible in ((RaterKind.PERSON, Visible.ASSISTED), (RaterKind.JUDGE, Visible.BLIND)):
        record_judgements(
            rater=make_rater(project, kind), rubric=project.current_rubric(), judgements=judgements, visible=visible
        )
    with pytest.raises(FitError, match="got 0"):
        fit_baseline_judge(project=project)


def test_too_few_rated_items_are_refused_and_nothing_is_made() -> None:
    project, _ = reviewed_project(19, n_rated=19)
    with pytest.raises(FitError, match=r"at least 20 items .* got 19"):
        fit_baseline_judge(project=project)
    assert JudgeVersion.objects.count() == 0


def test_one_name_is_one_kind_of_judge() -> None:
    project, _ = reviewed_project(40, n_rated=40)
    fit_baseline_judge(project=project, name="mine")
    with pytest.raises(JudgeError, match="“mine” is a baseline judge"):
        create_served_judge(project=project, name="mine", url="http://judge.test", model="m")


def test_a_judge_that_was_imported_keeps_its_name() -> None:
    project = project_with_items(0)
    make_rater(project, RaterKind.JUDGE, "mine v1")
    with pytest.raises(JudgeError, match="“mine v1” is a judge that came with an import"):
        create_served_judge(project=project, name="mine", url="http://judge.test", model="m")
    assert not project.judges.exists()


def test_a_served_judge_freezes_its_prompt_and_sampling() -> None:
    project = project_with_items(0)
    version = create_served_judge(project=project, name="served", url="http://judge.test/v1", model="m-7b")
    assert (version.engine, version.model) == ("openai_http", "m-7b")
    assert version.config["engine"] == {"url": "http://judge.test/v1"}
    assert version.config["sampling"]["temperature"] == 0
    assert "$rubric" in version.config["prompt"]["system"]
    assert len(version.prompt_digest) == 64
