from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from annotations.choices import ProjectKind
from annotations.rubrics import load_rubric
from annotations.simulation import SimulatedItem, simulate_items
from annotations.simulation.shop import GENERIC_WORDS, HOBBIES, INVENTED_CLAIMS

KINDS = (ProjectKind.INTEREST, ProjectKind.TAG, ProjectKind.EXPLANATION, ProjectKind.PREFERENCE)
TEMPLATE = {ProjectKind.EXPLANATION: "explanation_v1"}


def simulate(kind: ProjectKind, n: int = 200, seed: int = 5) -> list[SimulatedItem]:
    return list(simulate_items(kind, n, np.random.default_rng(seed)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_true_level_is_one_of_the_rubric(kind: ProjectKind) -> None:
    rubric = load_rubric(TEMPLATE.get(kind, str(kind)))
    for item in simulate(kind):
        assert set(item.levels) == set(rubric.positions)
        for criterion in rubric.criteria:
            assert item.levels[criterion.key] in criterion.positions


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_items_come_as_were_asked_for_each_with_its_own_id(kind: ProjectKind) -> None:
    items = simulate(kind, n=203)
    assert len(items) == 203
    assert len({item.row["id"] for item in items}) == 203


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_items_and_another_seed_others(kind: ProjectKind) -> None:
    assert simulate(kind, n=40) == simulate(kind, n=40)
    assert simulate(kind, n=40) != simulate(kind, n=40, seed=6)


@pytest.mark.parametrize("kind", KINDS)
def test_items_of_a_group_share_their_context_and_differ_in_what_they_say(kind: ProjectKind) -> None:
    groups: dict[str, list[SimulatedItem]] = {}
    for item in simulate(kind):
        groups.setdefault(item.row["group"], []).append(item)
    sizes = Counter(len(items) for items in groups.values())
    assert sizes == ({2: 100} if kind is ProjectKind.PREFERENCE else {4: 50})
    for items in groups.values():
        assert len({json.dumps(item.row["context"]) for item in items}) == 1
        said = {json.dumps(item.row.get("candidate") or item.row["candidates"]) for item in items}
        assert len(said) == len(items)


@pytest.mark.parametrize("kind", [ProjectKind.INTEREST, ProjectKind.TAG, ProjectKind.EXPLANATION])
def test_an_item_qualifies_exactly_where_no_fault_was_planted(kind: ProjectKind) -> None:
    rubric = load_rubric(TEMPLATE.get(kind, str(kind)))
    for item in simulate(kind):
        levels = [criterion.positions[item.levels[criterion.key]] for criterion in rubric.criteria]
        harmless = set(item.faults) <= {"flourish", "rough_edge"}
        assert rubric.qualifies(levels) is harmless, item


@pytest.mark.parametrize(
    ("kind", "faults"),
    [
        (ProjectKind.INTEREST, {"necessity", "weak_correlation", "no_correlation", "hallucination"}),
        (ProjectKind.TAG, {"weak_relevance", "no_evidence", "wrong_season", "generic", "no_such_product"}),
        (
            ProjectKind.EXPLANATION,
            {"wrong_shopper", "wrong_season", "invented_function", "clumsy_language", "privacy_leak", "hard_sell",
             "flourish", "rough_edge"},
        ),
    ],
)  # fmt: skip
def test_every_fault_is_planted_and_sound_items_are_there_too(kind: ProjectKind, faults: set[str]) -> None:
    items = simulate(kind, n=400)
    assert {fault for item in items for fault in item.faults} == faults
    assert sum(not item.faults for item in items) > 100


def test_pairs_hold_near_ties_and_clear_cases_on_both_sides() -> None:
    counts = Counter(item.levels["preference"] for item in simulate(ProjectKind.PREFERENCE, n=400))
    assert min(counts["a"], counts["b"], counts["tie"]) > 60


def test_no_part_of_a_row_names_its_fault() -> None:
    for kind in KINDS:
        for item in simulate(kind):
            assert not any(fault in json.dumps(item.row["slices"]) for fault in item.faults)


def test_a_hallucinated_interest_is_nowhere_in_the_behaviour() -> None:
    products = {hobby.name: {product.short for product in hobby.products} for hobby in HOBBIES}
    for item in simulate(ProjectKind.INTEREST):
        if item.faults == ("hallucination",):
            seen = {thing for line in item.row["context"]["behaviour"] for thing in line["items"]}
            assert not seen & products[item.row["candidate"]["interest"]]


def test_faults_can_be_seen_in_the_text() -> None:
    for item in simulate(ProjectKind.TAG):
        if item.faults == ("generic",):
            assert item.row["candidate"]["tag"].startswith(GENERIC_WORDS)
    for item in simulate(ProjectKind.EXPLANATION):
        if "invented_function" in item.faults:
            assert any(claim in item.row["candidate"]["text"] for claim in INVENTED_CLAIMS)
