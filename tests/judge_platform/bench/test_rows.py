from __future__ import annotations

from collections import Counter

from judge_platform.bench.rows import N_ANNOTATORS, N_DISTINCT, item_rows, people_rows, rubric


def test_each_row_is_an_item_of_its_own_with_one_verdict_on_four_criteria() -> None:
    rows = list(item_rows(N_DISTINCT + 5))
    assert len({row["id"] for row in rows}) == N_DISTINCT + 5
    for row in rows:
        [verdict] = row["judgements"]
        assert verdict["kind"] == "judge"
        assert list(verdict["levels"]) == [criterion.key for criterion in rubric().criteria]


def test_every_item_has_the_ratings_of_three_people() -> None:
    counts = Counter(row["item"] for row in people_rows(50))
    assert list(counts) == [row["id"] for row in item_rows(50)]
    assert set(counts.values()) == {N_ANNOTATORS} == {3}


def test_people_and_judge_rate_the_same_truth() -> None:
    verdicts = {row["id"]: row["judgements"][0]["levels"] for row in item_rows(300)}
    alike = [row["levels"] == verdicts[row["item"]] for row in people_rows(300)]
    # Raters who knew nothing of the item would agree on all four criteria far less often than every second time.
    assert sum(alike) / len(alike) > 0.5
