"""Every value of the agreement oracles, to its tolerance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotations.agreement import (
    METRIC,
    Contingency,
    CountPatterns,
    RatingPatterns,
    agreement_weights,
    contingency_of,
    count_patterns,
    rating_patterns,
    score_patterns,
)
from annotations.agreement.classification import f1
from annotations.agreement.correlation import kendall_p_value, spearman_p_value
from annotations.agreement.level_weights import weights_from_costs
from annotations.agreement.many_raters import (
    brennan_prediger,
    fleiss_kappa,
    gwet_ac,
    gwet_interval,
    gwet_standard_error,
    krippendorff_alpha,
    percent_agreement,
)
from annotations.agreement.named_raters import conger_kappa
from annotations.agreement.two_raters import (
    cohen_interval,
    cohen_kappa,
    cohen_standard_error,
    cohen_standard_error_null,
    scott_pi,
)
from annotations.estimation import FloatArray
from annotations.rubrics import MISSING

pytestmark = pytest.mark.reference

CASES = [
    "krippendorff2011_B",
    "krippendorff2011_C",
    "wikipedia_fleiss",
    "cohen1968",
    "sas_kappa_3x3",
    "landis_koch_ms_winnipeg",
    "feinstein_cicchetti_1a",
    "feinstein_cicchetti_1b",
    "gwet_raw_4raters",
    "gwet_abstractors_3x3",
    "shrout_fleiss1979",
    "wikipedia_spearman",
    "scipy_kendall_ties",
]


@pytest.fixture(scope="module")
def cases(shared_dir: Path) -> dict[str, dict[str, Any]]:
    file = json.loads((shared_dir / "oracles" / "agreement.json").read_text())
    return {case["id"]: case for case in file["cases"] if case["area"] == "agreement"}


def test_every_agreement_case_of_the_oracle_file_is_listed(cases: dict[str, dict[str, Any]]) -> None:
    assert set(cases) == set(CASES)


@pytest.mark.parametrize("case_id", CASES)
def test_case_is_met_to_its_tolerance(case_id: str, cases: dict[str, dict[str, Any]]) -> None:
    case = cases[case_id]
    assert case["expect"]
    for expected in case["expect"]:
        computed = _compute(case["data"], expected["stat"], expected.get("params", {}))
        assert computed == pytest.approx(expected["value"], abs=expected["tol"]), (case_id, expected)


def _compute(data: dict[str, Any], stat: str, params: dict[str, Any]) -> Any:
    if "x" in data:
        return _of_scores(data, stat)
    if "table" in data:
        return _of_table(data, stat, params)
    if stat.startswith("icc"):
        return _of_numbers(data, stat)
    return _of_counts(data, stat, params)


def _of_scores(data: dict[str, Any], stat: str) -> float:
    patterns = score_patterns(np.array(data["x"], float), np.array(data["y"], float))
    if stat == "spearman_p_two_sided_t":
        return spearman_p_value(patterns)
    if stat == "kendall_p":
        return kendall_p_value(patterns)
    value: float = METRIC[stat].value(patterns)
    return value


def _of_numbers(data: dict[str, Any], stat: str) -> float:
    ratings = np.array(data["ratings"])
    scale = np.unique(ratings)
    value: float = METRIC[stat].value(rating_patterns(np.searchsorted(scale, ratings), scale.tolist()))
    return value


def _of_table(data: dict[str, Any], stat: str, params: dict[str, Any]) -> Any:
    cells = contingency_of(data["table"])
    weights = _level_weights(data, params.get("weights", "nominal"), cells.n_levels)
    of_cells: dict[str, Callable[[], Any]] = {
        "cohen_kappa": lambda: _one(cohen_kappa, cells, weights),
        "cohen_kappa_se": lambda: cohen_standard_error(cells, level_weights=weights),
        "cohen_kappa_se_null": lambda: cohen_standard_error_null(cells, level_weights=weights),
        "cohen_kappa_ci95": lambda: _ends(cohen_interval(cells, level_weights=weights)),
        "scott_pi": lambda: _one(scott_pi, cells, weights),
        "positive_agreement": lambda: f1(cells, cells.observed)[0, 0],
        "negative_agreement": lambda: f1(cells, cells.observed)[0, 1],
        "percent_agreement": lambda: METRIC["accuracy"].value(cells),
    }
    if stat in of_cells:
        return of_cells[stat]()
    return _of_count_patterns(cells.as_counts(), stat, weights)


def _of_counts(data: dict[str, Any], stat: str, params: dict[str, Any]) -> Any:
    values = [k if isinstance(k, int) else i for i, k in enumerate(data["categories"])]
    if "counts" in data:
        patterns = count_patterns(np.array(data["counts"]), values)
    else:
        raters = rating_patterns(_levels(data), values)
        if stat == "conger_kappa":
            return _one(conger_kappa, raters, agreement_weights(_kind(params["weights"]), len(values)))
        patterns = raters.as_counts()
    if stat == "krippendorff_alpha":
        return METRIC[f"krippendorff_alpha_{params['metric']}"].value(patterns)
    return _of_count_patterns(patterns, stat, _level_weights(data, params.get("weights", "nominal"), len(values)))


def _of_count_patterns(patterns: CountPatterns, stat: str, weights: FloatArray) -> Any:
    of_counts: dict[str, Callable[[], Any]] = {
        "percent_agreement_pairwise": lambda: _one(percent_agreement, patterns, weights),
        "mean_observed_agreement": lambda: _one(percent_agreement, patterns, weights),
        "fleiss_kappa": lambda: _one(fleiss_kappa, patterns, weights),
        "fleiss_kappa_generalised": lambda: _one(fleiss_kappa, patterns, weights),
        "brennan_prediger": lambda: _one(brennan_prediger, patterns, weights),
        "pabak": lambda: _one(brennan_prediger, patterns, weights),
        "gwet_ac1": lambda: _one(gwet_ac, patterns, weights),
        "gwet_ac2": lambda: _one(gwet_ac, patterns, weights),
        "gwet_ac_se": lambda: gwet_standard_error(patterns, level_weights=weights),
        "gwet_ac_ci95": lambda: _ends(gwet_interval(patterns, level_weights=weights)),
        "krippendorff_alpha_gwet_weights": lambda: _one(krippendorff_alpha, patterns, weights),
        # Fleiss: kappa = (P_a - P_e) / (1 - P_e), so P_e = (P_a - kappa) / (1 - kappa)
        "chance_agreement": lambda: (
            (_one(percent_agreement, patterns, weights) - _one(fleiss_kappa, patterns, weights))
            / (1 - _one(fleiss_kappa, patterns, weights))
        ),
    }
    return of_counts[stat]()


def _one(function: Callable[..., FloatArray], patterns: Any, weights: FloatArray) -> float:
    return float(function(patterns, patterns.observed, level_weights=weights)[0])


def _ends(interval: Any) -> list[float]:
    return [interval.low, interval.high]


def _kind(name: str) -> Any:
    return "nominal" if name == "identity" else name


def _level_weights(data: dict[str, Any], name: str, n_levels: int) -> FloatArray:
    if name.startswith("disagreement"):
        return weights_from_costs(np.array(data[name], float))
    return agreement_weights(_kind(name), n_levels)


def _levels(data: dict[str, Any]) -> Any:
    position = {category: i for i, category in enumerate(data["categories"])}
    return np.array([[MISSING if r is None else position[r] for r in row] for row in data["ratings"]])


def test_contingency_and_rating_patterns_agree_on_what_a_pair_is() -> None:
    # The two layouts of one data set must give one count table: 2 items (0, 1) and 1 item (1, 1).
    cells = contingency_of([[0, 2], [0, 1]])
    raters = rating_patterns(np.array([[0, 1], [0, 1], [1, 1]]), [0, 1])
    assert isinstance(cells, Contingency)
    assert isinstance(raters, RatingPatterns)
    assert METRIC["percent_agreement"].value(cells.as_counts()) == pytest.approx(1 / 3)
    assert METRIC["percent_agreement"].value(raters.as_counts()) == pytest.approx(1 / 3)
