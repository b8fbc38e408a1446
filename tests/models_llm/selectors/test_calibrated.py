"""A verdict with its calibrated probabilities, on its page and over the API."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from annotations.choices import Role
from annotations.models import Judgement
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from models_llm.selectors.calibrated import CalibratedProbability
from models_llm.selectors.calibrations import calibrator_of
from models_llm.selectors.verdicts import VerdictDetail, verdict_detail
from tests.factories import judge_item, make_items, make_member
from tests.models_llm.services.calibrated_projects import fitted, judged_project

pytestmark = pytest.mark.django_db


def detail_of(judgement: Judgement) -> VerdictDetail:
    detail = verdict_detail(judgement.item.project, judgement.pk)
    assert detail is not None
    return detail


def probability_of(judgement: Judgement) -> CalibratedProbability:
    probability = detail_of(judgement).criteria[0].probability
    assert probability is not None
    return probability


def test_an_item_that_was_fitted_on_is_calibrated_without_its_group_and_a_new_one_with_all() -> None:
    project, version = judged_project(300)
    calibration = fitted(version)
    [maps] = calibrator_of(calibration).criteria
    known = Judgement.objects.filter(rater=version.rater, levels=[0]).order_by("item_id")[0]
    new = judge_item(version.rater, make_items(project, 1)[0], (0,), distributions=(0.9, 0.1))

    fold = int(maps.folds[np.searchsorted(maps.items, known.item_id)])
    for judgement, by, is_cross_fitted in ((known, maps.held_out[fold], True), (new, maps.chosen, False)):
        probability = probability_of(judgement)
        assert probability.given == pytest.approx(0.9)
        assert probability.calibrated == pytest.approx(by.apply(np.array([0.9]))[0])
        assert (probability.n, probability.is_cross_fitted, probability.unchanged) == (300, is_cross_fitted, "")
    assert detail_of(new).calibration == calibration


def test_the_newest_finished_calibration_is_the_one_that_applies() -> None:
    project, version = judged_project(60)
    new = judge_item(version.rater, make_items(project, 1)[0], (0,), distributions=(0.9, 0.1))
    assert detail_of(new).calibration is None
    assert detail_of(new).criteria[0].probability is None
    fitted(version)
    newest = fitted(version)
    assert detail_of(new).calibration == newest


def test_a_criterion_without_a_map_stays_as_given_and_says_why() -> None:
    _, version = judged_project(40)
    fitted(version)
    probability = probability_of(Judgement.objects.filter(rater=version.rater, levels=[1])[0])
    assert probability.given == probability.calibrated == pytest.approx(0.1)
    assert probability.unchanged == "needs 50 items that people decided, there are 40"
    assert not probability.is_cross_fitted


def test_a_verdict_without_probabilities_has_nothing_to_calibrate() -> None:
    project, version = judged_project(60)
    fitted(version)
    assert detail_of(judge_item(version.rater, make_items(project, 1)[0], (0,))).calibration is None


def test_the_page_shows_both_probabilities_with_n_and_that_it_is_cross_fitted(client: Client) -> None:
    project, version = judged_project(300)
    calibration = fitted(version)
    known = Judgement.objects.filter(rater=version.rater, levels=[0])[0]
    client.force_login(make_member(project, Role.LEAD))
    page = client.get(reverse("models_llm:verdict", args=[project.slug, known.pk])).text
    assert f">calibration {calibration.pk}</a>" in page
    assert "<dd>0.900</dd>" in page
    assert f"<dd>{probability_of(known).calibrated:.3f}</dd>" in page
    assert "n = 300, cross-fitted" in page
    assert "fitted without its group" in page


def test_the_api_says_the_same(client: Client) -> None:
    project, version = judged_project(300)
    calibration = fitted(version)
    known = Judgement.objects.filter(rater=version.rater, levels=[0])[0]
    client.force_login(make_member(project, Role.LEAD))
    read: dict[str, Any] = client.get(reverse("models_llm:api-verdict", args=[project.slug, known.pk])).json()
    assert (read["id"], read["judge"], read["outcome"]) == (known.pk, "scripted v1", "rated")
    assert (read["calibration_id"], read["run_id"], read["calls"]) == (calibration.pk, None, [])
    [criterion] = read["criteria"]
    assert (criterion["key"], criterion["level"], criterion["mass"]) == ("c0", "pass", None)
    assert criterion["shares"] == pytest.approx({"pass": 0.9, "fail": 0.1})
    assert criterion["probability"] == {
        "event": "passes",
        "given": pytest.approx(0.9),
        "calibrated": probability_of(known).calibrated,
        "n": 300,
        "is_cross_fitted": True,
        "unchanged": "",
    }


def test_whoever_holds_the_item_for_review_reads_no_verdict_on_it(client: Client) -> None:
    project, version = judged_project(3)
    lead = make_member(project, Role.LEAD)
    queue_items(project=project, n=3)
    turn = claim_item(project=project, rater=rater_of(project=project, user=lead))
    assert turn is not None
    client.force_login(lead)
    for judgement in Judgement.objects.filter(rater=version.rater):
        answer = client.get(reverse("models_llm:api-verdict", args=[project.slug, judgement.pk]))
        assert answer.status_code == (404 if judgement.item_id == turn.item_id else 200)
