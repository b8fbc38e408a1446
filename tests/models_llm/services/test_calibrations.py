from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations.choices import Outcome, RaterKind, Role, Scale, Visible, WorkState
from annotations.models import Item, Judgement
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from annotations.services.judgements import NewJudgement
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from models_llm.models import Calibration
from models_llm.selectors.calibration_examples import Event, calibration_examples
from models_llm.selectors.calibrations import calibrator_of, items_in_bin
from models_llm.selectors.judge_card import judge_card
from models_llm.services.calibrations import fit_calibration, request_calibration
from models_llm.services.leased_work import sweep_leased_work
from tests.factories import judge_item, make_items, make_member, make_project, make_rater, rubric_spec
from tests.models_llm.services.calibrated_projects import fitted, judged_project, rate
from tests.models_llm.services.judged_projects import scripted_version

pytestmark = pytest.mark.django_db


def test_an_overconfident_judge_is_calibrated_and_the_result_kept() -> None:
    _, version = judged_project(300)
    calibration = fitted(version)

    assert calibration.document is not None
    [criterion] = calibration.document["criteria"]
    assert (criterion["key"], criterion["event"], criterion["n"]) == ("c0", "passes", 300)
    assert criterion["chosen"]["method"] in {"platt", "beta"}
    assert criterion["after"]["log_loss"]["value"] < criterion["before"]["log_loss"]["value"]
    # Two probabilities, so two bins; Brier as given: 3/4 · .01 + 1/4 · .81 = .21, give or take the draw.
    assert len(criterion["before"]["bins"]) == 2
    assert criterion["before"]["brier"]["value"] == pytest.approx(0.21, abs=0.06)
    refused = {one["method"]: one["refused"] for one in criterion["candidates"]}
    assert refused["isotonic"] == "needs 1,000 items that people decided, there are 300"
    assert len(calibration.examples_digest) == 64
    assert json.dumps(calibration.document, allow_nan=False)


def test_the_same_judgements_give_the_same_calibration() -> None:
    _, version = judged_project(120)
    first, second = fitted(version), fitted(version)
    assert first.pk != second.pk
    assert (first.document, first.examples_digest) == (second.document, second.examples_digest)


def test_what_was_fitted_calibrates_its_own_items_without_their_folds_and_others_with_all() -> None:
    _, version = judged_project(300)
    calibration = fitted(version)
    [criterion] = calibrator_of(calibration).criteria
    [examples] = calibration_examples(version)
    known = criterion.apply(examples.items, examples.examples.probabilities)
    with np.load(BytesIO(calibration.examples or b"")) as kept:
        assert known.calibrated.tolist() == kept["0_after"].tolist()
    assert known.is_cross_fitted.all()
    other = criterion.apply(np.array([0]), np.array([0.9]))
    assert other.calibrated.tolist() == criterion.chosen.apply(np.array([0.9])).tolist()
    assert not other.is_cross_fitted.any()
    # The judge says .9 and is right in three of four; the maps know about 60 items a side less or more.
    assert other.calibrated[0] == pytest.approx(0.75, abs=0.1)
    assert 0 < abs(known.calibrated[examples.examples.probabilities > 0.5] - other.calibrated[0]).max() < 0.1


def test_what_cannot_count_is_left_out_and_counted() -> None:
    project = make_project(spec=rubric_spec(1))
    version = scripted_version(project)
    items = make_items(project, 7)
    anna, ben = make_rater(project), make_rater(project)
    for item, by_anna, by_ben in zip(items[:5], (0, 0, 0, 0, 1), (0, 1, 0, 0, 1), strict=True):
        judge_item(anna, item, (by_anna,))
        judge_item(ben, item, (by_ben,))
    rate(make_rater(project), [NewJudgement(item_id=items[5].pk, levels=(0,))], Visible.ASSISTED)
    sure: dict[str, Any] = {"distributions": (0.9, 0.1)}
    judge_item(version.rater, items[0], (0,), **sure)  # counts
    judge_item(version.rater, items[1], (0,), **sure)  # people tie
    judge_item(version.rater, items[2], (0,))  # no probabilities
    judge_item(version.rater, items[3], None, outcome=Outcome.UNPARSED)
    seen = NewJudgement(item_id=items[4].pk, levels=(0,), distributions=(0.9, 0.1))
    rate(version.rater, [seen], Visible.ASSISTED)
    judge_item(version.rater, items[5], (0,), **sure)  # rated with a judgement in view only
    judge_item(version.rater, items[6], (0,), **sure)  # rated by nobody

    [found] = calibration_examples(version)
    assert found.items.tolist() == [items[0].pk]
    assert (found.examples.probabilities.round(6).tolist(), found.examples.right.tolist()) == ([0.9], [1.0])
    assert found.excluded == {
        "items where people tie": 1,
        "verdicts without probabilities": 1,
        "replies unparsed": 1,
        "verdicts on items whose ratings by people the judge has seen": 1,
    }


def test_items_of_a_group_have_one_number() -> None:
    project = make_project(spec=rubric_spec(1))
    version = scripted_version(project)
    items = [*make_items(project, 2, group="g"), *make_items(project, 1)]
    person = make_rater(project)
    for item in items:
        judge_item(person, item, (0,))
        judge_item(version.rater, item, (0,), distributions=(0.9, 0.1))
    [found] = calibration_examples(version)
    first, second, third = found.examples.groups.tolist()
    assert first == second != third


def test_levels_that_neither_pass_nor_fail_are_judged_by_the_level_given() -> None:
    levels = tuple(LevelSpec(key=key, label=key) for key in ("a", "b", "c"))
    spec = RubricSpec("Kind", (CriterionSpec(key="kind", name="Kind", scale=Scale.NOMINAL, levels=levels),))
    project = make_project(spec=spec)
    version = scripted_version(project)
    first, second = make_items(project, 2)
    person = make_rater(project)
    for item, level in ((first, 1), (second, 2)):
        judge_item(person, item, (level,))
        judge_item(version.rater, item, (1,), distributions=(0.2, 0.7, 0.1))
    [found] = calibration_examples(version)
    assert found.event is Event.GIVEN_LEVEL
    assert found.examples.probabilities == pytest.approx([0.7, 0.7])
    assert found.examples.right.tolist() == [1.0, 0.0]


def test_a_level_between_pass_and_fail_counts_for_neither() -> None:
    levels = (
        LevelSpec(key="yes", label="Yes", passes=True),
        LevelSpec(key="so", label="So", passes=None),
        LevelSpec(key="no", label="No", passes=False),
    )
    spec = RubricSpec("Mixed", (CriterionSpec(key="m", name="M", scale=Scale.NOMINAL, levels=levels),))
    project = make_project(spec=spec)
    version = scripted_version(project)
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (2,))
    judge_item(version.rater, item, (0,), distributions=(0.3, 0.6, 0.1))
    [found] = calibration_examples(version)
    assert found.examples.probabilities == pytest.approx([0.75])
    assert found.examples.right.tolist() == [0.0]


def test_no_probabilities_at_all_is_said_and_no_failure() -> None:
    project = make_project(spec=rubric_spec(1))
    version = scripted_version(project)
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (0,))
    judge_item(version.rater, item, (0,))
    [criterion] = (fitted(version).document or {})["criteria"]
    assert criterion["refused"] == "no item has both a probability of the judge and a decision of people"
    assert criterion["excluded"] == {"verdicts without probabilities": 1}


def test_asked_for_twice_it_is_one_and_fitted_once() -> None:
    _, version = judged_project(60)
    first = request_calibration(version=version, user=None)
    assert request_calibration(version=version, user=None) == first
    assert fit_calibration(calibration_id=first.pk)
    assert not fit_calibration(calibration_id=first.pk)


def test_one_whose_worker_died_is_sent_again() -> None:
    _, version = judged_project(60)
    calibration = request_calibration(version=version, user=None)
    assert sweep_leased_work() == 0
    Calibration.objects.update(state=WorkState.RUNNING, lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_leased_work() == 1
    assert fit_calibration(calibration_id=calibration.pk)


def test_every_mark_opens_the_items_behind_it(client: Client) -> None:
    project, version = judged_project(200)
    calibration = fitted(version)
    [criterion] = (calibration.document or {})["criteria"]
    said_no = Item.objects.filter(judgements__rater=version.rater, judgements__levels=[1])
    lead = make_member(project, Role.LEAD)
    behind = items_in_bin(calibration, viewer=lead, criterion=0, side="before", number=0)
    assert behind.n == criterion["before"]["bins"][0]["n"] == said_no.count()
    assert {row.item.pk for row in behind.shown} <= set(said_no.values_list("pk", flat=True))
    # The most surprising first: where it said .1 and people passed it.
    assert behind.shown[0].is_right

    client.force_login(lead)
    url = reverse("models_llm:calibration", args=[project.slug, version.pk])
    page = client.get(url).content.decode()
    assert "?criterion=0&amp;of=before&amp;bin=1#rows" in page
    rows = client.get(f"{url}?criterion=0&of=before&bin=0").content.decode()
    assert behind.shown[0].item.external_id in rows
    nonsenses: list[dict[str, str | int]] = [
        {"criterion": 7, "bin": 0},
        {"criterion": 0, "bin": 99},
        {"criterion": "x", "bin": ""},
    ]
    for nonsense in nonsenses:
        assert 'id="rows"' not in client.get(url, nonsense).content.decode()


def test_behind_a_mark_an_item_that_the_viewer_holds_for_review_is_counted_and_not_shown() -> None:
    project, version = judged_project(60)
    calibration = fitted(version)
    lead = make_member(project, Role.LEAD)
    queue_items(project=project, n=60)
    turn = claim_item(project=project, rater=rater_of(project=project, user=lead))
    assert turn is not None
    said = 0 if Judgement.objects.get(rater=version.rater, item=turn.item_id).levels == [1] else 1
    for viewer, n_covered in ((lead, 1), (make_member(project, Role.LEAD), 0)):
        behind = items_in_bin(calibration, viewer=viewer, criterion=0, side="before", number=said)
        assert behind.n - len(behind.shown) == n_covered
        assert (turn.item_id in {row.item.pk for row in behind.shown}) == (n_covered == 0)


def test_page_api_command_and_card_show_the_same(client: Client) -> None:
    project, version = judged_project(120)
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:calibration", args=[project.slug, version.pk])
    assert "Not calibrated yet" in client.get(url).content.decode()
    client.post(reverse("models_llm:calibrate", args=[project.slug, version.pk]))
    assert "a worker takes it up" in client.get(url).content.decode()
    asked_again = client.get(url, headers={"HX-Request": "true"})
    assert asked_again.text.strip().startswith("<p")
    assert "a worker takes it up" in asked_again.text

    asked = client.post(
        reverse("models_llm:api-calibrations", args=[project.slug, version.pk]), {}, content_type="application/json"
    )
    assert asked.status_code == 202
    calibration = Calibration.objects.get()
    assert asked.json()["id"] == calibration.pk
    out = StringIO()
    call_command("calibrate_judge", project=project.slug, judge="scripted", stdout=out)
    read = client.get(reverse("models_llm:api-calibration", args=[project.slug, calibration.pk])).json()
    assert read["state"] == "ready"
    log_loss = read["document"]["criteria"][0]["after"]["log_loss"]["value"]
    assert f"{log_loss:.4f} on 120 items" in out.getvalue()
    card = judge_card(version)
    assert card.calibration is not None
    assert card.calibration.document == read["document"]
    assert card.calibration.examples_digest == read["examples_digest"]
    assert f"{log_loss:.3f}" in client.get(url).content.decode()
    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    card_page = client.get(reverse("models_llm:judge-card", args=[project.slug, version.pk]))
    assert "reliability diagrams" in card_page.content.decode()
    markdown = client.get(reverse("models_llm:judge-card", args=[project.slug, version.pk]), {"format": "md"})
    assert f"→ {log_loss:.4f}" in markdown.content.decode()


def test_a_published_aggregate_stands_in_for_people() -> None:
    project = make_project(spec=rubric_spec(1))
    version = scripted_version(project)
    [item] = make_items(project, 1)
    judge_item(make_rater(project, RaterKind.PEOPLE), item, (1,))
    judge_item(version.rater, item, (0,), distributions=(0.8, 0.2))
    [found] = calibration_examples(version)
    assert found.examples.right.tolist() == [0.0]
