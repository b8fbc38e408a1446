"""Cards of recorded judges: their figures, as programs get them, are those of the data sets' `oracle.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotations.models import Project
from annotations.selectors.ratings import ItemSlice
from models_llm.choices import JudgeKind
from models_llm.models import JudgeVersion
from models_llm.selectors.judge_card import card_document, judge_card
from models_llm.services.recorded import adopt_recorded_judges
from tests.reference.published import PRINTED, imported, oracle

pytestmark = pytest.mark.reference


def card_of(project: Project, name: str, item_slice: ItemSlice | None = None) -> dict[str, Any]:
    version = JudgeVersion.objects.select_related("judge__project", "rater", "rubric").get(
        judge__project=project, judge__name=name, judge__kind=JudgeKind.RECORDED
    )
    return card_document(judge_card(version, item_slice=item_slice))


def criteria_of(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["criterion"]["key"]: one for one in card["agreement"]["criteria"]}


def assert_figure(figure: dict[str, Any], published: float | str, n: int) -> None:
    assert figure["value"] == pytest.approx(float(published), abs=PRINTED)
    assert figure["low"] <= figure["value"] <= figure["high"]
    assert figure["n_items"] == n


@pytest.fixture(scope="module")
def pandalm(rows_of_this_module: None, shared_dir: Path) -> tuple[Project, dict[str, Any]]:
    folder = shared_dir / "data/pandalm"
    project = imported(
        "pandalm",
        ("pandalm.items", folder / "items.jsonl"),
        ("pandalm.judgements", folder / "judgments.csv"),
        ("pandalm.rationales", folder / "llm_reasons.jsonl.gz"),
    )
    assert adopt_recorded_judges() == 2
    return project, oracle(folder)


@pytest.mark.parametrize("name", ["gpt-3.5-turbo", "pandalm-7b"])
def test_the_card_of_a_judge_of_pandalm(pandalm: tuple[Project, dict[str, Any]], name: str) -> None:
    project, published = pandalm
    row = published["judges"][name]
    n_read = row["n"] - row["unparsable"]

    card = card_of(project, name)

    assert (card["identity"]["kind"], card["identity"]["model"]) == ("recorded", name)
    assert card["outcomes"] == {
        "rated": n_read,
        "unparsed": row["unparsable"],
        "refused": 0,
        "truncated": 0,
        "failed": 0,
    }
    preference = criteria_of(card)["preference"]
    judge = preference["judge"]
    assert_figure(preference["accuracy_unread_wrong"], row["accuracy (unparsable = wrong)"], row["n"])
    hits = row["accuracy (unparsable = wrong)"] * row["n"]
    assert preference["accuracy_read"]["value"] == pytest.approx(hits / n_read, abs=2 * PRINTED)
    assert preference["accuracy_read"]["n_items"] == n_read
    assert_figure(judge["figures"]["macro_precision"], row["macro precision"], n_read)
    assert_figure(preference["unread_wrong"]["macro_recall"], row["macro recall"], row["n"])
    assert_figure(preference["unread_wrong"]["macro_f1"], row["macro F1"], row["n"])
    assert_figure(judge["figures"]["cohen_kappa_nominal"], row["cohen kappa on parsable"], n_read)
    assert sum(judge["unread"]) == row["unparsable"]
    ceiling = preference["people"]["figures"]
    assert_figure(
        ceiling["krippendorff_alpha_nominal"], published["human_agreement"]["krippendorff_alpha_nominal"], 999
    )
    # Always the second answer: 472 of the majorities of the items that it judged readably, or all of them.
    baseline = judge["figures"]["majority_baseline"]
    assert baseline["n_items"] == n_read
    assert card["spending"] is None
    assert card["calibration"] is None


@pytest.fixture(scope="module")
def crsarena(rows_of_this_module: None, shared_dir: Path) -> tuple[list[Project], dict[str, Any]]:
    folder = shared_dir / "data/crsarena_eval"
    projects = [
        imported(
            name, (f"{name}.items", folder / "items.jsonl.gz"), (f"{name}.judgements", folder / "judgments.csv.gz")
        )
        for name in ("crsarena_dialogue", "crsarena_turn")
    ]
    adopt_recorded_judges()
    return projects, oracle(folder)


@pytest.mark.parametrize("subset", ["redial", "opendialkg", None])
def test_the_cards_of_face(crsarena: tuple[list[Project], dict[str, Any]], subset: str | None) -> None:
    projects, published = crsarena
    item_slice = None if subset is None else ItemSlice("subset", subset)
    cards = [card_of(project, "FACE", item_slice) for project in projects]
    assert {card["identity"]["model"] for card in cards} == {"Llama-3.1-8B-Instruct"}
    criteria = {key: one for card in cards for key, one in criteria_of(card).items()}
    rows = [
        row
        for row in (published["face_vs_human_all"] if subset is None else published["face_vs_human"])
        if row.get("subset") == subset
    ]
    assert len(rows) == 7
    for row in rows:
        correlations = criteria[row["criterion"]]["judge"]["correlations"]
        assert_figure(correlations["pearson_r"], row["pearson"], row["n"])
        assert_figure(correlations["spearman_rho"], row["spearman"], row["n"])
        assert_figure(correlations["kendall_tau_b"], row["kendall_tau_b"], row["n"])
    assert {card["agreement"]["reference"] for card in cards} == {"people"}
    assert cards[0]["item_slice"] == (None if subset is None else {"subset": subset})
