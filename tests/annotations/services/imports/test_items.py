from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from annotations.choices import BatchKind, BatchState, Outcome, RaterKind, Visible
from annotations.errors import ImportRefusedError, MappingError
from annotations.models import Batch, Item, Judgement, Project, Rater, RowRefusal
from annotations.selectors.imports import refusal_counts
from annotations.services.imports import import_file
from tests.annotations.services.imports.files import LEVEL_POSITIONS, item_row, tag_project, verdict, write_jsonl
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return tag_project()


def counts(batch: Batch) -> dict[str, int]:
    names = ("n_read", "n_items", "n_judgements", "n_unchanged", "n_refused")
    return {name: getattr(batch, name) for name in names if getattr(batch, name)}


def refused(batch: Batch) -> list[tuple[int, str]]:
    return list(batch.refusals.order_by("row_number").values_list("row_number", "code"))


def test_items_and_their_judgements_go_in_as_they_were_given(project: Project, tmp_path: Path) -> None:
    nasty = 'tab\t newline\n return\r backslash\\ quote" \\N \\u0000 é 中 {"a"}'
    row = item_row(
        1,
        context={"text": nasty, "number": 1.5, "none": None},
        candidate="left " + nasty,
        group="g\\1",
        slices={"language": "zh"},
        judgements=[
            verdict(rationale=nasty, rationales={"validity": nasty}, scores={"validity": 0.25}, seconds=2.5),
            {"rater": "an\\na", "kind": "person", "outcome": "refused", "visible": "blind"},
        ],
    )
    batch = import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", [row]), producer="m1", round_number=3)

    assert (batch.state, batch.producer, batch.round) == (BatchState.COMPLETE, "m1", 3)
    assert counts(batch) == {"n_read": 1, "n_items": 1, "n_judgements": 2}
    item = Item.objects.get()
    assert (item.external_id, item.group, item.batch) == ("item-1", "g\\1", batch)
    assert item.context == {"text": nasty, "number": 1.5, "none": None}
    assert item.candidates == [{"text": "left " + nasty}]
    assert item.slices == {"language": "zh"}
    rated = Judgement.objects.get(outcome=Outcome.RATED)
    assert (rated.rater.kind, rated.rater.name) == (RaterKind.JUDGE, "judge-a")
    assert rated.levels == LEVEL_POSITIONS
    assert rated.scores == [None, None, None, 0.25]
    assert (rated.rationale, rated.rationales) == (nasty, ["", "", "", nasty])
    assert (rated.seconds, rated.visible, rated.batch) == (2.5, Visible.UNKNOWN, batch)
    refusal = Judgement.objects.get(outcome=Outcome.REFUSED)
    assert (refusal.rater.name, refusal.levels, refusal.visible) == ("an\\na", [None] * 4, Visible.BLIND)


def test_distributions_go_in(project: Project, tmp_path: Path) -> None:
    shares = {
        "relevance": {"relevance": 0.75, "weak_relevance": 0.25},
        "consistency": {"consistency": 1},
        "specificity": {"specificity": 0.5, "low_specificity": 0.5},
        "validity": {"invalid_tag": 1},
    }
    path = write_jsonl(tmp_path / "a.jsonl", [item_row(1, judgements=[verdict(distributions=shares)])])
    import_file(project=project, path=path)
    assert Judgement.objects.get().distributions == [0.75, 0.25, 1, 0, 0.5, 0.5, 0, 1]


def test_the_rubric_is_locked_by_the_first_rating_and_not_by_items(project: Project, tmp_path: Path) -> None:
    import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", [item_row(1)]))
    assert project.current_rubric().locked_at is None
    import_file(project=project, path=write_jsonl(tmp_path / "b.jsonl", [item_row(2, judgements=[verdict()])]))
    assert project.current_rubric().locked_at is not None


def test_the_same_file_again_adds_nothing(project: Project, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [item_row(n, judgements=[verdict()]) for n in range(5)])
    import_file(project=project, path=path)
    again = import_file(project=project, path=path)

    assert counts(again) == {"n_read": 5, "n_unchanged": 5}
    assert (Item.objects.count(), Judgement.objects.count(), Rater.objects.count()) == (5, 5, 1)


def test_compression_and_key_order_do_not_change_an_item(project: Project, tmp_path: Path) -> None:
    import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", [item_row(1)]))
    turned = item_row(1)
    turned["context"] = dict(reversed(turned["context"].items()))
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(write_jsonl(tmp_path / "b.jsonl", [turned]).read_bytes()))
    assert counts(import_file(project=project, path=packed)) == {"n_read": 1, "n_unchanged": 1}


@pytest.mark.parametrize(
    "change", [{"context": {}}, {"candidate": "other"}, {"group": "g"}, {"slices": {"language": "en"}}]
)
def test_other_content_under_the_same_id_is_refused_with_its_row(
    change: dict[str, Any], project: Project, tmp_path: Path
) -> None:
    import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", [item_row(1)]))
    before = Item.objects.values().get()
    batch = import_file(project=project, path=write_jsonl(tmp_path / "b.jsonl", [item_row(2), item_row(1, **change)]))
    assert refused(batch) == [(2, "other_content")]
    assert counts(batch) == {"n_read": 2, "n_items": 1, "n_refused": 1}
    assert Item.objects.filter(external_id="item-1").values().get() == before


def test_an_id_that_comes_twice_in_a_file_goes_in_once(project: Project, tmp_path: Path) -> None:
    rows = [item_row(1), item_row(1), item_row(1, candidate="other")]
    batch = import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", rows))
    assert counts(batch) == {"n_read": 3, "n_items": 1, "n_unchanged": 1, "n_refused": 1}
    assert refused(batch) == [(3, "other_content")]


def test_a_bad_row_is_refused_with_its_line_and_the_good_ones_go_in(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, Any] | bytes] = [
        item_row(1),
        b'{"id": "broken',
        item_row(2, candidate={"tag": "nul\x00"}),
        item_row(3, judgements=[verdict(levels={"relevance": "superb"})]),
        item_row(4),
        item_row(5, judgements=[verdict(levels={"taste": "good"})]),
    ]
    batch = import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", rows))

    assert batch.state == BatchState.COMPLETE
    assert counts(batch) == {"n_read": 6, "n_items": 2, "n_refused": 4}
    assert refused(batch) == [(2, "not_json"), (3, "nul_character"), (4, "value_unknown"), (6, "criterion_unknown")]
    refusal = RowRefusal.objects.get(row_number=4)
    assert "expected one of relevance, weak_relevance for “relevance”, got “superb”" in refusal.message
    assert '"superb"' in refusal.content
    assert [(count.code, count.n_rows, count.first_row) for count in refusal_counts(batch)] == [
        ("criterion_unknown", 1, 6),
        ("not_json", 1, 2),
        ("nul_character", 1, 3),
        ("value_unknown", 1, 4),
    ]


def test_a_strict_import_takes_all_or_nothing(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, Any] | bytes] = [item_row(1, judgements=[verdict()]), b"no", item_row(2)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    batch = import_file(project=project, path=path, is_strict=True)

    assert batch.state == BatchState.FAILED
    assert batch.error == "nothing went in: 1 of 3 rows were refused and this import is strict"
    assert (Item.objects.count(), Judgement.objects.count()) == (0, 0)
    assert project.current_rubric().locked_at is None
    assert counts(batch) == {"n_read": 3, "n_refused": 1}
    assert refused(batch) == [(2, "not_json")]

    write_jsonl(path, [item_row(1), item_row(2)])
    mended = import_file(project=project, path=path, is_strict=True)
    assert (mended.state, mended.n_items) == (BatchState.COMPLETE, 2)


def test_a_judgement_that_comes_with_an_item_that_is_there_is_compared(project: Project, tmp_path: Path) -> None:
    import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", [item_row(1, judgements=[verdict()])]))
    changed = {**verdict()["levels"], "relevance": "weak_relevance"}
    rows = [item_row(1, judgements=[verdict(levels=changed), verdict(rater="judge-b")])]
    batch = import_file(project=project, path=write_jsonl(tmp_path / "b.jsonl", rows))

    assert counts(batch) == {"n_read": 1, "n_judgements": 2, "n_unchanged": 1}
    old, new = Judgement.objects.filter(rater__name="judge-a").order_by("pk")
    assert (old.superseded_at is None, old.levels) == (False, LEVEL_POSITIONS)
    assert (new.superseded_at, new.supersedes, new.levels) == (None, old, [1, 1, 0, 1])
    assert counts(import_file(project=project, path=tmp_path / "b.jsonl")) == {"n_read": 1, "n_unchanged": 1}


def test_a_rater_who_says_two_things_of_an_item_in_one_file_is_refused_each_time(
    project: Project, tmp_path: Path
) -> None:
    other = {**verdict()["levels"], "relevance": "weak_relevance"}
    path = write_jsonl(
        tmp_path / "a.jsonl", [item_row(1, judgements=[verdict()]), item_row(1, judgements=[verdict(levels=other)])]
    )
    first = import_file(project=project, path=path)
    second = import_file(project=project, path=path)

    assert refused(first) == refused(second) == [(2, "duplicate_judgement")]
    assert Judgement.objects.get().levels == LEVEL_POSITIONS
    assert counts(second) == {"n_read": 2, "n_unchanged": 2, "n_refused": 1}


def test_nobody_with_an_account_gets_judgements_by_import(project: Project, tmp_path: Path) -> None:
    user = make_user("anna")
    Rater.objects.create(project=project, kind=RaterKind.PERSON, name="anna", user=user)
    rows = [item_row(1, judgements=[verdict(rater="anna", kind="person"), verdict()])]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    first, second = import_file(project=project, path=path), import_file(project=project, path=path)

    assert refused(first) == refused(second) == [(1, "rater_has_account")]
    assert Judgement.objects.get().rater.name == "judge-a"


def test_a_broken_off_import_goes_on_after_the_last_row_counted(project: Project, tmp_path: Path) -> None:
    rows: list[dict[str, Any] | bytes] = [item_row(n) for n in range(10)]
    rows[1] = b"no"
    rows[7] = b"no"
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    import_file(project=project, path=write_jsonl(tmp_path / "start.jsonl", rows[:4]))
    broken = Batch.objects.get()
    # As a process leaves it that dies after its first chunk: four rows counted, the lease run out.
    whole = import_file(project=tag_project("elsewhere"), path=path)
    Batch.objects.filter(pk=broken.pk).update(
        state=BatchState.RUNNING, file_digest=whole.file_digest, lease_expires_at="2020-01-01T00:00Z"
    )
    resumed = import_file(project=project, path=path)

    assert resumed.pk == broken.pk
    assert counts(resumed) == {"n_read": 10, "n_items": 8, "n_refused": 2}
    assert refused(resumed) == [(2, "not_json"), (8, "not_json")]
    assert project.items.count() == 8


def test_a_damaged_file_fails_and_what_went_in_before_stays(project: Project, tmp_path: Path) -> None:
    whole = gzip.compress(write_jsonl(tmp_path / "a.jsonl", [item_row(n) for n in range(20_000)]).read_bytes())
    path = tmp_path / "b.jsonl.gz"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    batch = import_file(project=project, path=path)

    assert batch.state == BatchState.FAILED
    assert "damaged or cut short" in batch.error
    assert batch.n_items == Item.objects.count() > 0


def test_what_cannot_be_read_makes_no_batch(project: Project, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="cannot read"):
        import_file(project=project, path=tmp_path / "none.jsonl")
    with pytest.raises(ImportRefusedError, match=r"\.xlsx"):
        import_file(project=project, path=tmp_path / "a.xlsx")
    with pytest.raises(MappingError, match=r"^m\.yaml, line 2"):
        import_file(
            project=project,
            path=write_jsonl(tmp_path / "a.jsonl", []),
            mapping="kind: items\nid: [x]\ncandidates: [text]\n",
            mapping_name="m.yaml",
        )
    assert not Batch.objects.exists()


def test_an_empty_file_is_complete_with_nothing_in_it(project: Project, tmp_path: Path) -> None:
    batch = import_file(project=project, path=write_jsonl(tmp_path / "a.jsonl", []))
    assert (batch.state, counts(batch)) == (BatchState.COMPLETE, {})


def test_gold_goes_in_once_and_never_changes(project: Project, tmp_path: Path) -> None:
    import_file(project=project, path=write_jsonl(tmp_path / "i.jsonl", [item_row(1), item_row(2)]))
    rows = [
        {"item": "item-1", "levels": {"validity": "invalid_tag"}},
        {"item": "item-9", "levels": {"validity": "invalid_tag"}},
        {"item": "item-1", "levels": {"validity": "validity"}},
        {"item": "item-2", "levels": {}},
    ]
    path = write_jsonl(tmp_path / "g.jsonl", rows)
    first = import_file(project=project, path=path, kind=BatchKind.GOLD)
    second = import_file(project=project, path=path, kind=BatchKind.GOLD)

    expected = [(2, "unknown_item"), (3, "gold_differs"), (4, "levels_missing")]
    assert refused(first) == refused(second) == expected
    assert (first.n_gold, second.n_gold, second.n_unchanged) == (1, 0, 1)
    assert Item.objects.get(external_id="item-1").gold.get().levels == [None, None, None, 1]
