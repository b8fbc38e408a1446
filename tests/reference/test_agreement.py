"""Agreement figures of the published data sets, from imported rows: every one in their `oracle.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotations.agreement import (
    METRIC,
    AgreementReport,
    CriterionReport,
    Estimate,
    JudgeReport,
    contingency,
    score_patterns,
)
from annotations.agreement.ratings import dimensions, levels_of, numbers_of, people_ratings
from annotations.choices import RaterKind
from annotations.models import Gold, Item, Project, Rater
from annotations.rubrics import MISSING
from annotations.selectors.agreement import project_agreement
from annotations.selectors.ratings import ItemSlice, fetch_ratings
from tests.reference.published import PRINTED, imported, oracle

pytestmark = pytest.mark.reference


def by_key(report: AgreementReport) -> dict[str, CriterionReport]:
    return {criterion.criterion.key: criterion for criterion in report.criteria}


def judge_of(criterion: CriterionReport, name: str) -> JudgeReport:
    return next(judge for judge in criterion.judges if judge.rater.name == name)


def assert_figure(estimate: Estimate, published: float | str, n_items: int | None = None) -> None:
    assert estimate.value == pytest.approx(float(published), abs=PRINTED)
    assert estimate.low <= estimate.value <= estimate.high
    if n_items is not None:
        assert estimate.n_items == n_items


# HANNA


@pytest.fixture(scope="module")
def hanna(rows_of_this_module: None, shared_dir: Path) -> tuple[Project, dict[str, Any]]:
    folder = shared_dir / "data/hanna"
    project = imported(
        "hanna_stories",
        ("hanna_stories.items", folder / "items.jsonl"),
        ("hanna_stories.judgements", folder / "judgments.csv.gz"),
    )
    return project, oracle(folder)


@pytest.fixture(scope="module")
def hanna_report(hanna: tuple[Project, dict[str, Any]]) -> dict[str, CriterionReport]:
    project, published = hanna
    judges = {row["judge"] for row in published["llm_vs_human_mean"]}
    raters = Rater.objects.filter(project=project)
    chosen = [rater.pk for rater in raters if rater.kind == RaterKind.PERSON or rater.name in judges]
    return by_key(project_agreement(project=project, rater_ids=chosen))


def test_hanna_people_agree_as_published(
    hanna: tuple[Project, dict[str, Any]], hanna_report: dict[str, CriterionReport]
) -> None:
    rows = hanna[1]["human_agreement"]
    assert {row["criterion"] for row in rows} == set(hanna_report)
    names = {
        "percent_pairwise": "percent_agreement",
        "krippendorff_alpha_nominal": "krippendorff_alpha_nominal",
        "krippendorff_alpha_ordinal": "krippendorff_alpha_ordinal",
        "krippendorff_alpha_interval": "krippendorff_alpha_interval",
        "fleiss_kappa": "fleiss_kappa",
        "gwet_ac1": "gwet_ac1",
        "gwet_ac2_quadratic": "gwet_ac2_quadratic",
    }
    for row in rows:
        people = hanna_report[row["criterion"]].people
        assert people.n_people == row["n_raters"]
        for published, ours in names.items():
            assert_figure(people.figures[ours], row[published], row["n_items"])
        for published, ours in (
            ("mean_pairwise_cohen_kappa", "cohen_kappa_nominal"),
            ("mean_pairwise_quadratic_kappa", "cohen_kappa_quadratic"),
        ):
            assert len(people.pairs) == 3
            mean = np.mean([pair.figures[ours].value for pair in people.pairs])
            assert mean == pytest.approx(row[published], abs=PRINTED)


def test_hanna_intraclass_correlations(
    hanna: tuple[Project, dict[str, Any]], hanna_report: dict[str, CriterionReport]
) -> None:
    for row in hanna[1]["icc"]:
        figures = hanna_report[row["criterion"]].people.figures
        assert figures["icc_1_1"].value == pytest.approx(row["published ICC1"], abs=1e-6)
        assert figures["icc_1_k"].value == pytest.approx(row["published ICC1k"], abs=1e-6)


def test_hanna_judges_correlate_with_the_mean_of_people(
    hanna: tuple[Project, dict[str, Any]], hanna_report: dict[str, CriterionReport]
) -> None:
    rows = hanna[1]["llm_vs_human_mean"]
    assert len(rows) == 30
    for row in rows:
        correlations = judge_of(hanna_report[row["criterion"]], row["judge"]).correlations
        for published, ours in (("pearson", "pearson_r"), ("spearman", "spearman_rho"), ("kendall_tau_b",) * 2):
            assert_figure(correlations[ours], row[published], row["n"])


def test_hanna_judges_correlate_over_systems(hanna: tuple[Project, dict[str, Any]]) -> None:
    """Means of the 11 systems: figures of groups of items, from the same arrays."""
    project, published = hanna
    ratings = fetch_ratings(project=project)
    of_item = dict(Item.objects.filter(project=project).values_list("pk", "slices__system"))
    systems = np.array([of_item[item] for item in ratings.items])
    names = np.unique(systems)
    assert len(names) == 11
    people = np.array([i for i, rater in enumerate(ratings.raters) if rater.kind is RaterKind.PERSON])
    by_criterion = {dimension.criterion.key: dimension for dimension in dimensions(ratings)}
    assert len(published["system_level"]) == 12
    for row in published["system_level"]:
        dimension = by_criterion[row["criterion"]]
        judge = next(i for i, rater in enumerate(ratings.raters) if rater.name == row["judge"])
        sides = numbers_of(ratings, dimension, judge), people_ratings(ratings, dimension, people).numbers
        x, y = (np.array([side[systems == name].mean() for name in names]) for side in sides)
        for figure, ours in (("pearson", "pearson_r"), ("spearman", "spearman_rho"), ("kendall_tau_b",) * 2):
            # Means that are equal must stay equal for ranks: both sides are sums of a few decimals.
            value = METRIC[ours].value(score_patterns(x.round(9), y.round(9)))
            assert value == pytest.approx(row[figure], abs=PRINTED), row


def test_hanna_explanation_flags(rows_of_this_module: None, shared_dir: Path) -> None:
    folder = shared_dir / "data/hanna"
    project = imported(
        "hanna_explanations",
        ("hanna_explanations.items", folder / "explanations.jsonl"),
        ("hanna_explanations.judgements", folder / "explanation_judgments.csv"),
    )
    report = by_key(project_agreement(project=project))
    for row in oracle(folder)["explanation_flags"]:
        people = report[row["criterion"]].people
        if row["criterion"] == "incorrect":
            # Flagged by nobody: agreement is complete and says nothing.
            assert np.isnan(people.figures["krippendorff_alpha_nominal"].value)
            assert people.figures["fleiss_kappa"].undefined is not None
            continue
        for published, ours in (
            ("percent_pairwise", "percent_agreement"),
            ("krippendorff_alpha_nominal",) * 2,
            ("fleiss_kappa",) * 2,
            ("gwet_ac1",) * 2,
        ):
            assert_figure(people.figures[ours], row[published], row["n_items"])
        assert round(people.figures["gwet_ac1"].value, 2) == row["published gwet_ac1"]


# PandaLM


@pytest.fixture(scope="module")
def pandalm(rows_of_this_module: None, shared_dir: Path) -> tuple[CriterionReport, dict[str, Any]]:
    folder = shared_dir / "data/pandalm"
    project = imported(
        "pandalm", ("pandalm.items", folder / "items.jsonl"), ("pandalm.judgements", folder / "judgments.csv")
    )
    [criterion] = project_agreement(project=project).criteria
    return criterion, oracle(folder)


def test_pandalm_people_agree_as_published(pandalm: tuple[CriterionReport, dict[str, Any]]) -> None:
    criterion, published = pandalm
    people, row = criterion.people, published["human_agreement"]
    assert people.n_people == row["n_raters"]
    for name, ours in (
        ("percent_pairwise", "percent_agreement"),
        ("krippendorff_alpha_nominal",) * 2,
        ("gwet_ac1",) * 2,
        ("fleiss_kappa",) * 2,
    ):
        assert_figure(people.figures[ours], row[name], row["n_items"])
    assert len(people.pairs) == 3
    for pair in people.pairs:
        numbers = sorted(rater.name.removeprefix("annotator") for rater in (pair.first, pair.second))
        row = published["annotator_pairs"]["-".join(numbers)]
        assert_figure(pair.figures["percent_agreement"], row["percent"], row["n"])
        assert_figure(pair.figures["cohen_kappa_nominal"], row["cohen_kappa"], row["n"])
        assert round(pair.figures["cohen_kappa_nominal"].value, 2) == published["published_kappa"]["-".join(numbers)]


def test_pandalm_judges_against_the_majority(pandalm: tuple[CriterionReport, dict[str, Any]]) -> None:
    criterion, published = pandalm
    for name, row in published["judges"].items():
        judge = judge_of(criterion, name)
        assert sum(judge.unread) == row["unparsable"]
        assert_figure(judge.figures["cohen_kappa_nominal"], row["cohen kappa on parsable"], 999 - row["unparsable"])
        assert_figure(judge.figures["macro_precision"], row["macro precision"])
        # Without a reply that was not read there is nothing to count as wrong.
        wrong = judge.unread_wrong or judge.figures
        assert_figure(wrong["accuracy"], row["accuracy (unparsable = wrong)"], row["n"])
        assert_figure(wrong["macro_recall"], row["macro recall"], row["n"])
        assert_figure(wrong["macro_f1"], row["macro F1"], row["n"])


def test_pandalm_majorities(pandalm: tuple[CriterionReport, dict[str, Any]]) -> None:
    criterion, published = pandalm
    judge = judge_of(criterion, "pandalm-7b")
    columns = np.array(judge.confusion).sum(axis=0)
    labels = [level.key for level in criterion.criterion.levels]
    expected = {"a": published["majority"]["1"], "b": published["majority"]["2"], "tie": published["majority"]["0"]}
    assert dict(zip(labels, columns.tolist(), strict=True)) == expected


# Weather sentiment


def test_weather_sentiment_of_102_people(rows_of_this_module: None, shared_dir: Path) -> None:
    folder = shared_dir / "data/weather_sentiment"
    project = imported(
        "weather_sentiment",
        ("weather_sentiment.items", folder / "items.jsonl"),
        ("weather_sentiment.judgements", folder / "labels.csv.gz"),
        ("weather_sentiment.gold", folder / "gold.csv"),
    )
    published = oracle(folder)["agreement"]
    [criterion] = project_agreement(project=project).criteria
    figures = criterion.people.figures
    assert criterion.people.n_people == 102
    assert figures["percent_agreement"].value == pytest.approx(published["percent_pairwise"], abs=1e-12)
    alpha = published["krippendorff_alpha_nominal"]
    assert figures["krippendorff_alpha_nominal"].value == pytest.approx(alpha, abs=1e-12)
    assert figures["gwet_ac1"].value == pytest.approx(published["gwet_ac1"], abs=5.1e-6)

    ratings = fetch_ratings(project=project)
    [dimension] = dimensions(ratings)
    known = dict(Gold.objects.filter(item__project=project).values_list("item_id", "levels"))
    gold = np.array([known.get(item, [MISSING])[0] for item in ratings.items])
    tables = [contingency(levels_of(ratings, dimension, i), gold, dimension.values) for i in range(102)]
    accuracies = [METRIC["accuracy"].value(table) for table in tables]
    assert np.nanmean(accuracies) == pytest.approx(published["mean_worker_accuracy"], abs=1e-12)


# CRSArena-Eval


@pytest.fixture(scope="module")
def crsarena(rows_of_this_module: None, shared_dir: Path) -> tuple[list[Project], dict[str, Any]]:
    folder = shared_dir / "data/crsarena_eval"
    projects = [
        imported(
            name, (f"{name}.items", folder / "items.jsonl.gz"), (f"{name}.judgements", folder / "judgments.csv.gz")
        )
        for name in ("crsarena_dialogue", "crsarena_turn")
    ]
    return projects, oracle(folder)


def face_correlations(projects: list[Project], item_slice: ItemSlice | None) -> dict[str, JudgeReport]:
    reports = [project_agreement(project=project, item_slice=item_slice) for project in projects]
    return {criterion.criterion.key: judge_of(criterion, "FACE") for report in reports for criterion in report.criteria}


@pytest.mark.parametrize("subset", ["redial", "opendialkg"])
def test_crsarena_28_published_correlations(crsarena: tuple[list[Project], dict[str, Any]], subset: str) -> None:
    projects, published = crsarena
    judges = face_correlations(projects, ItemSlice("subset", subset))
    rows = [row for row in published["face_vs_human"] if row["subset"] == subset]
    assert len(rows) == 7
    for row in rows:
        correlations = judges[row["criterion"]].correlations
        assert_figure(correlations["pearson_r"], row["pearson"], row["n"])
        assert_figure(correlations["spearman_rho"], row["spearman"], row["n"])
        assert_figure(correlations["kendall_tau_b"], row["kendall_tau_b"], row["n"])
        assert correlations["pearson_r"].value == pytest.approx(row["published pearson"], abs=1e-3)
        assert correlations["spearman_rho"].value == pytest.approx(row["published spearman"], abs=1e-3)


def test_crsarena_both_subsets_together(crsarena: tuple[list[Project], dict[str, Any]]) -> None:
    projects, published = crsarena
    judges = face_correlations(projects, None)
    assert len(published["face_vs_human_all"]) == 7
    for row in published["face_vs_human_all"]:
        correlations = judges[row["criterion"]].correlations
        assert_figure(correlations["pearson_r"], row["pearson"], row["n"])
        assert_figure(correlations["spearman_rho"], row["spearman"], row["n"])
        assert_figure(correlations["kendall_tau_b"], row["kendall_tau_b"], row["n"])
    report = project_agreement(project=projects[0])
    assert report.reference is RaterKind.PEOPLE
