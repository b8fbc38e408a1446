from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from annotations.choices import BatchKind, BatchState, Outcome, ProjectKind
from annotations.models import Batch, Judgement, Project
from annotations.rubrics import load_rubric
from annotations.services.imports import import_file
from annotations.services.projects import create_project
from annotations.wording import say_stored
from tests.annotations.services.imports.files import LEVEL_POSITIONS, item_row, tag_project, verdict, write_jsonl

pytestmark = pytest.mark.django_db


def in_chinese(batch: Batch, row_number: int) -> str:
    """What was stored of a refused row, as a page says it."""
    with translation.override("zh-hans"):
        return say_stored(batch.refusals.get(row_number=row_number).message)


LONG = """\
kind: judgements
item: item
rater: rater
rater_kind: {field: type, values: {human: person, llm: judge}}
criterion: criterion
value: value
values: {nearest: yes, missing: ["x"], outcomes: {garbage: unparsed}}
rationale: why
"""


@pytest.fixture
def stories() -> Project:
    """Six criteria from 1 to 5; two stories."""
    project = create_project(
        slug="stories", name="Stories", kind=ProjectKind.CUSTOM, rubric=load_rubric("hanna_stories")
    )
    import_file_of_items(project)
    return project


def import_file_of_items(project: Project) -> None:
    batch = Batch.objects.create(project=project, kind=BatchKind.ITEMS, state=BatchState.COMPLETE, source_name="i")
    for number in (1, 2):
        project.items.create(
            batch=batch, external_id=f"s{number}", candidates=[{"text": "t"}], content_digest=bytes([number] * 16)
        )


def import_long(project: Project, folder: Path, rows: str, name: str = "long.csv", is_strict: bool = False) -> Batch:
    path = folder / name
    path.write_text("item,rater,type,criterion,value,why\n" + rows)
    return import_file(project=project, path=path, kind=BatchKind.JUDGEMENTS, mapping=LONG, is_strict=is_strict)


def refused(batch: Batch) -> list[tuple[int, str]]:
    return list(batch.refusals.order_by("row_number").values_list("row_number", "code"))


def live(project: Project) -> dict[tuple[str, str], Judgement]:
    rows = Judgement.objects.live().filter(item__project=project).select_related("rater", "item")
    return {(row.item.external_id, row.rater.name): row for row in rows}


def test_the_rows_of_a_judgement_may_stand_apart(stories: Project, tmp_path: Path) -> None:
    batch = import_long(
        stories,
        tmp_path,
        "s1,anna,human,relevance,5,\n"
        "s1,gpt,llm,relevance,2.4,off topic\n"
        "s2,anna,human,relevance,1,\n"
        "s1,anna,human,surprise,2,\n"
        "s1,gpt,llm,surprise,3.0,\n"
        "s2,gpt,llm,surprise,-1,\n"
        "s2,gpt,llm,empathy,4,\n",
    )
    assert (batch.state, batch.n_read, batch.n_judgements, batch.n_refused) == (BatchState.COMPLETE, 7, 4, 0)
    assert batch.unmapped == {"score off the scale": 1}
    found = live(stories)
    # relevance, coherence, empathy, surprise, engagement, complexity
    assert found["s1", "anna"].levels == [4, None, None, 1, None, None]
    assert found["s1", "anna"].scores is None
    assert found["s2", "anna"].levels == [0, None, None, None, None, None]
    assert found["s1", "gpt"].levels == [1, None, None, 2, None, None]
    assert found["s1", "gpt"].scores == [2.4, None, None, 3.0, None, None]
    assert found["s1", "gpt"].rationales == ["off topic", "", "", "", "", ""]
    assert found["s2", "gpt"].levels == [None, None, 3, None, None, None]
    assert found["s2", "gpt"].scores == [None, None, 4.0, -1.0, None, None]
    assert stories.current_rubric().locked_at is not None


def test_outcomes_and_missing_values_are_not_ratings(stories: Project, tmp_path: Path) -> None:
    batch = import_long(
        stories,
        tmp_path,
        "s1,gpt,llm,relevance,garbage,\ns2,gpt,llm,relevance,x,\ns2,anna,human,relevance,,\ns2,bo,human,empathy,1,\n",
    )
    assert batch.unmapped == {"missing value": 2}
    found = live(stories)
    assert set(found) == {("s1", "gpt"), ("s2", "bo")}
    assert (found["s1", "gpt"].outcome, found["s1", "gpt"].levels) == (Outcome.UNPARSED, [None] * 6)


def test_each_import_fault_is_refused_with_its_row(stories: Project, tmp_path: Path) -> None:
    batch = import_long(
        stories,
        tmp_path,
        "s1,anna,human,relevance,5,\n"
        "s9,anna,human,relevance,5,\n"
        "s1,anna,human,smell,5,\n"
        "s1,anna,human,empathy,7,\n"
        "s1,anna,robot,empathy,1,\n"
        "s1,anna,human,relevance,4,\n"
        "s1,anna,human\n"
        "s1,,human,empathy,1,\n"
        "s2,anna,human,relevance,1,\n",
    )
    assert refused(batch) == [
        (3, "unknown_item"),
        (4, "criterion_unknown"),
        (6, "value_unknown"),
        (7, "duplicate_rating"),
        (8, "wrong_field_count"),
        (9, "field_missing"),
    ]
    # A score of 7 on a scale from 1 to 5 is no fault of the row under `nearest`: it is kept without a level.
    assert batch.unmapped == {"score off the scale": 1}
    assert live(stories)["s1", "anna"].levels[0] == 4
    assert batch.n_judgements == 2
    message = batch.refusals.get(row_number=7).message
    assert message == "expected one rating by a rater on a criterion of an item; row 2 has it already"
    assert in_chinese(batch, 7) == "一名评分者对一个条目的一项标准应只有一个评分；第 2 行已有"


def test_the_same_file_again_changes_nothing_and_another_value_is_a_revision(stories: Project, tmp_path: Path) -> None:
    rows = "s1,gpt,llm,relevance,2.4,a\ns1,gpt,llm,empathy,3,\ns2,anna,human,relevance,1,\n"
    import_long(stories, tmp_path, rows)
    again = import_long(stories, tmp_path, rows)
    assert (again.n_judgements, again.n_unchanged, again.n_refused) == (0, 2, 0)
    assert Judgement.objects.count() == 2

    before = live(stories)["s1", "gpt"]
    revised = import_long(stories, tmp_path, rows.replace("2.4", "2.6"), name="revised.csv")
    assert (revised.n_judgements, revised.n_unchanged) == (1, 1)
    after = live(stories)["s1", "gpt"]
    assert after.supersedes == before
    assert after.scores == [2.6, None, 3.0, None, None, None]
    before.refresh_from_db()
    assert before.superseded_at is not None


def test_strict_judgements_go_in_whole_or_not_at_all(stories: Project, tmp_path: Path) -> None:
    rows = "s1,anna,human,relevance,5,\ns9,anna,human,relevance,5,\n"
    batch = import_long(stories, tmp_path, rows, is_strict=True)

    assert batch.state == BatchState.FAILED
    assert refused(batch) == [(3, "unknown_item")]
    assert (batch.n_judgements, batch.n_refused, Judgement.objects.count()) == (0, 1, 0)
    assert stories.current_rubric().locked_at is None


def test_an_import_broken_off_before_its_merge_starts_over(stories: Project, tmp_path: Path) -> None:
    rows = "s1,anna,human,relevance,5,\ns9,anna,human,relevance,5,\ns2,anna,human,relevance,x,\n"
    digest = import_long(tag_twin(), tmp_path, rows).file_digest
    broken = Batch.objects.create(
        project=stories, kind=BatchKind.JUDGEMENTS, mapping=LONG, file_digest=digest, source_name="long.csv",
        state=BatchState.RUNNING, lease_expires_at="2020-01-01T00:00Z", n_read=2, n_refused=1,
        unmapped={"missing value": 1},
    )  # fmt: skip
    broken.refusals.create(row_number=2, code="value_unknown", message="from the first attempt")
    batch = import_long(stories, tmp_path, rows)

    assert batch.pk == broken.pk
    assert (batch.n_read, batch.n_judgements, batch.n_refused) == (3, 1, 1)
    assert refused(batch) == [(3, "unknown_item")]
    assert batch.unmapped == {"missing value": 1}


def tag_twin() -> Project:
    return create_project(slug="twin", name="Twin", kind=ProjectKind.CUSTOM, rubric=load_rubric("hanna_stories"))


def test_whole_judgements_are_read_in_the_platforms_own_shape(tmp_path: Path) -> None:
    project = tag_project()
    import_file(project=project, path=write_jsonl(tmp_path / "i.jsonl", [item_row(1), item_row(2)]))
    rows = [
        {"item": "item-1", **verdict()},
        {"item": "item-2", **verdict(outcome="truncated", levels=None)},
        {"item": "item-1", **verdict()},
        {"item": "item-3", **verdict()},
    ]
    path = write_jsonl(tmp_path / "j.jsonl", rows)
    first = import_file(project=project, path=path, kind=BatchKind.JUDGEMENTS)
    second = import_file(project=project, path=path, kind=BatchKind.JUDGEMENTS)

    assert refused(first) == refused(second) == [(3, "duplicate_judgement"), (4, "unknown_item")]
    assert in_chinese(first, 3) == "“judge-a”对条目“item-1”应只有一个判断；前面的行已有"
    assert in_chinese(first, 4) == "应为本项目条目的 ID，实际为“item-3”；请先导入条目"
    assert (first.n_judgements, second.n_judgements, second.n_unchanged) == (2, 0, 2)
    found = live(project)
    assert found["item-1", "judge-a"].levels == LEVEL_POSITIONS
    assert found["item-2", "judge-a"].outcome == Outcome.TRUNCATED


def test_judgements_stay_in_their_project(tmp_path: Path) -> None:
    mine, theirs = tag_project("mine"), tag_project("theirs")
    import_file(project=theirs, path=write_jsonl(tmp_path / "i.jsonl", [item_row(1)]))
    path = write_jsonl(tmp_path / "j.jsonl", [{"item": "item-1", **verdict()}])
    batch = import_file(project=mine, path=path, kind=BatchKind.JUDGEMENTS)

    assert refused(batch) == [(1, "unknown_item")]
    assert not Judgement.objects.exists()


REASONS = """\
kind: judgements
item: item
rater: rater
rater_kind: judge
rationale: why
"""


def import_reasons(project: Project, folder: Path, rows: str) -> Batch:
    path = folder / "reasons.csv"
    path.write_text("item,rater,why\n" + rows)
    return import_file(project=project, path=path, kind=BatchKind.JUDGEMENTS, mapping=REASONS)


def test_reasons_alone_become_a_revision_with_the_same_levels(stories: Project, tmp_path: Path) -> None:
    import_long(stories, tmp_path, "s1,gpt,llm,relevance,2.4,\ns2,gpt,llm,relevance,garbage,\n")
    before = live(stories)

    batch = import_reasons(stories, tmp_path, "s1,gpt,off topic\ns2,gpt,no idea\ns2,anna,\n")

    assert (batch.n_judgements, batch.n_refused, batch.unmapped) == (2, 0, {"row without reasons": 1})
    after = live(stories)
    assert after.keys() == before.keys()
    for key, rationale in ((("s1", "gpt"), "off topic"), (("s2", "gpt"), "no idea")):
        assert after[key].rationale == rationale
        assert after[key].supersedes_id == before[key].pk
        for name in ("outcome", "levels", "scores"):
            assert getattr(after[key], name) == getattr(before[key], name)
    assert after["s2", "gpt"].outcome == Outcome.UNPARSED

    again = import_reasons(stories, tmp_path, "s1,gpt,off topic\n")
    assert (again.n_judgements, again.n_unchanged) == (0, 1)


def test_reasons_for_a_judgement_that_is_not_there_are_refused(stories: Project, tmp_path: Path) -> None:
    batch = import_reasons(stories, tmp_path, "s1,gpt,off topic\ns9,gpt,what item\n")
    assert refused(batch) == [(2, "no_judgement"), (3, "unknown_item")]
    assert in_chinese(batch, 2).startswith("“gpt”在当前评分标准下应对条目“s1”已有判断")
    assert not Judgement.objects.filter(item__project=stories).exists()
