"""The published data sets, each through its mapping file. Every count is from the README of the data."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from annotations.choices import BatchKind, BatchState, Outcome, ProjectKind, RaterKind
from annotations.formats import load_mapping_text, mapping_kind
from annotations.models import Batch, Gold, Judgement, Project
from annotations.rubrics import load_rubric
from annotations.services.imports import import_file
from annotations.services.projects import create_project

pytestmark = [pytest.mark.django_db, pytest.mark.reference]


@pytest.fixture
def data(shared_dir: Path) -> Path:
    return shared_dir / "data"


def project_under(rubric: str) -> Project:
    slug = rubric.replace("_", "-")
    return create_project(slug=slug, name=rubric, kind=ProjectKind.CUSTOM, rubric=load_rubric(rubric))


def bring(project: Project, mapping: str, path: Path) -> Batch:
    """Import, and see that nothing was refused and that the same file again adds nothing."""
    text = load_mapping_text(mapping)
    kind = mapping_kind(text, source=mapping)
    batch = import_file(project=project, path=path, kind=kind, mapping=text)
    assert (batch.state, batch.error, batch.n_refused) == (BatchState.COMPLETE, "", 0)
    again = import_file(project=project, path=path, kind=kind, mapping=text)
    assert (again.n_items, again.n_judgements, again.n_gold, again.n_refused) == (0, 0, 0, 0)
    assert again.n_unchanged == (batch.n_judgements if kind == BatchKind.JUDGEMENTS else batch.n_items + batch.n_gold)
    return batch


def ratings(project: Project) -> Counter[tuple[str, str]]:
    """Live ratings by kind of rater and criterion, as the view for people who query by SQL has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rater_kind, r.criterion, count(*) FROM annotations_rating r"
            " JOIN annotations_item i ON i.id = r.item_id WHERE i.project_id = %s GROUP BY 1, 2",
            [project.pk],
        )
        return Counter({(kind, criterion): n for kind, criterion, n in cursor})


def people_levels(project: Project, position: int) -> dict[str, int]:
    """How often people chose each level of a criterion, by its value."""
    values = project.current_rubric().spec().criteria[position].values
    levels = Judgement.objects.live().filter(item__project=project, rater__kind=RaterKind.PEOPLE)
    counts = Counter(row[position] for row in levels.values_list("levels", flat=True))
    return {str(values[level]): n for level, n in counts.items() if level is not None}


def test_crsarena_dialogues(data: Path) -> None:
    project = project_under("crsarena_dialogue")
    items = bring(project, "crsarena_dialogue.items", data / "crsarena_eval/items.jsonl.gz")
    bring(project, "crsarena_dialogue.judgements", data / "crsarena_eval/judgments.csv.gz")

    assert (items.n_read, items.n_items) == (2702, 467)
    judged_by_both = ["understanding", "task_completion", "interest_arousal", "efficiency", "dialogue_overall"]
    by_people_only = ["preference_elicitation", "explanation"]
    assert ratings(project) == {
        **{("people", key): 467 for key in judged_by_both + by_people_only},
        **{("judge", key): 466 for key in judged_by_both},
    }
    assert people_levels(project, 4) == {"0.0": 208, "1.0": 129, "2.0": 62, "3.0": 57, "4.0": 11}
    assert people_levels(project, 6) == {"0.0": 323, "1.0": 86, "2.0": 58}
    assert not Judgement.objects.filter(rater__kind=RaterKind.PEOPLE, scores__isnull=False).exists()
    assert Judgement.objects.filter(rater__name="FACE", scores__isnull=False).count() == 466


def test_crsarena_turns(data: Path) -> None:
    project = project_under("crsarena_turn")
    items = bring(project, "crsarena_turn.items", data / "crsarena_eval/items.jsonl.gz")
    bring(project, "crsarena_turn.judgements", data / "crsarena_eval/judgments.csv.gz")

    assert items.n_items == 2235
    assert ratings(project) == {
        ("people", "interestingness"): 2235,
        ("people", "relevance"): 2230,
        ("judge", "interestingness"): 2220,
        ("judge", "relevance"): 2220,
    }
    assert people_levels(project, 0) == {"0.0": 1343, "1.0": 327, "2.0": 560}
    assert people_levels(project, 1) == {"0.0": 1069, "1.0": 467, "2.0": 699}


def test_hanna_stories(data: Path) -> None:
    project = project_under("hanna_stories")
    items = bring(project, "hanna_stories.items", data / "hanna/items.jsonl")
    batch = bring(project, "hanna_stories.judgements", data / "hanna/judgments.csv.gz")

    assert items.n_items == 1056
    assert project.items.values("group").distinct().count() == 96
    assert project.items.values("slices__system").distinct().count() == 11
    assert batch.n_read == 145_728
    by_kind: Counter[str] = Counter()
    for (kind, _), n in ratings(project).items():
        by_kind[kind] += n
    assert by_kind == {"person": 19_008, "judge": 126_720}
    assert project.raters.filter(kind=RaterKind.JUDGE).count() == 20
    # Means of replies of which some could not be read lie below the scale: kept, but of no level.
    assert set(batch.unmapped) == {"score off the scale"}


def test_hanna_explanations(data: Path) -> None:
    project = project_under("hanna_explanations")
    items = bring(project, "hanna_explanations.items", data / "hanna/explanations.jsonl")
    bring(project, "hanna_explanations.judgements", data / "hanna/explanation_judgments.csv")

    assert items.n_items == 100
    assert ratings(project).total() == 1800
    # Positive rates .94, .0167, .16, 0, .2233 and .0833 of 300 flags each.
    flags = Judgement.objects.values_list("levels", flat=True)
    assert [sum(levels[position] == 1 for levels in flags) for position in range(6)] == [282, 5, 48, 0, 67, 25]


def test_pandalm(data: Path) -> None:
    project = project_under("pandalm")
    items = bring(project, "pandalm.items", data / "pandalm/items.jsonl")
    batch = bring(project, "pandalm.judgements", data / "pandalm/judgments.csv")

    assert (items.n_items, batch.n_judgements) == (999, 4995)
    assert project.raters.filter(kind=RaterKind.PERSON).count() == 3
    unreadable = Judgement.objects.exclude(outcome=Outcome.RATED)
    assert {(row.rater.name, row.outcome) for row in unreadable.select_related("rater")} == {
        ("gpt-3.5-turbo", Outcome.UNPARSED)
    }
    assert unreadable.count() == 25
    # The majority of three people: 105 ties, 422 first answers, 472 second answers, no three-way split.
    votes: dict[int, Counter[int | None]] = {}
    people = Judgement.objects.filter(rater__kind=RaterKind.PERSON).values_list("item_id", "levels")
    for item_id, (level,) in people:
        votes.setdefault(item_id, Counter())[level] += 1
    assert Counter(count.most_common(1)[0][0] for count in votes.values()) == {2: 105, 0: 422, 1: 472}


def test_pandalm_reasons_of_the_judges(data: Path) -> None:
    project = project_under("pandalm")
    for mapping, name in (
        ("pandalm.items", "items.jsonl"),
        ("pandalm.judgements", "judgments.csv"),
        ("pandalm.rationales", "llm_reasons.jsonl.gz"),
    ):
        batch = bring(project, mapping, data / "pandalm" / name)
    # 1,998 rows, of which 38 of gpt-3.5-turbo are empty.
    assert (batch.n_judgements, batch.unmapped) == (1960, {"row without reasons": 38})
    judged = Judgement.objects.live().filter(rater__kind=RaterKind.JUDGE)
    assert judged.count() == 1998
    with_reasons = judged.exclude(rationale="")
    assert with_reasons.filter(rater__name="gpt-3.5-turbo").count() == 961
    assert with_reasons.filter(rater__name="pandalm-7b").count() == 999
    assert judged.filter(outcome=Outcome.UNPARSED).count() == 25


def test_crsarena_scores_under_each_instruction(data: Path) -> None:
    project = project_under("crsarena_turn")
    folder = data / "crsarena_eval"
    bring(project, "crsarena_turn.items", folder / "items.jsonl.gz")
    bring(project, "crsarena_turn.judgements", folder / "judgments.csv.gz")
    text = load_mapping_text("crsarena_turn.instructions")
    path = folder / "llm_instruction_scores.csv.gz"
    batch = import_file(project=project, path=path, kind=BatchKind.JUDGEMENTS, mapping=text)
    assert (batch.n_read, batch.n_refused) == (108_240, 0)
    assert ratings(project)["judge", "relevance"] == 2220 + 35_440
    assert ratings(project)["judge", "interestingness"] == 2220 + 35_520
    with gzip.open(path, "rt", newline="") as file:
        published = {
            (row["rater_id"], row["item_id"]): float(row["mean_score"])
            for row in csv.DictReader(file)
            if row["criterion"] == "relevance"
        }
    judged = Judgement.objects.filter(rater__name__in={rater for rater, _ in published})
    kept = {
        (rater, item): levels[0] if scores is None else scores[0]
        for rater, item, levels, scores in judged.values_list("rater__name", "item__external_id", "levels", "scores")
        if levels[0] is not None  # one instruction may be of both criteria
    }
    assert kept == published


def test_weather_sentiment_with_its_gold(data: Path) -> None:
    project = project_under("weather_sentiment")
    items = bring(project, "weather_sentiment.items", data / "weather_sentiment/items.jsonl")
    labels = bring(project, "weather_sentiment.judgements", data / "weather_sentiment/labels.csv.gz")
    gold = bring(project, "weather_sentiment.gold", data / "weather_sentiment/gold.csv")

    assert (items.n_items, labels.n_judgements, gold.n_gold) == (1000, 20_000, 632)
    assert project.raters.count() == 102
    # positive, negative, neutral, unrelated, cannot tell
    chosen = Counter(level for (level,) in Judgement.objects.values_list("levels", flat=True))
    assert chosen == {0: 4953, 1: 4986, 2: 5371, 3: 3553, 4: 1137}
    assert Counter(level for (level,) in Gold.objects.values_list("levels", flat=True)) == {
        2: 192,
        3: 153,
        1: 146,
        0: 141,
    }


SEEKER = {
    "OTH": 762, "SEE": 478, "ACC": 427, "IQU": 292, "PRO": 278, "REJ": 260, "INQ": 148, "CRI-F": 147, "CRI-A": 121,
    "ANS": 111, "NRE": 97, "CON": 70, "ASK": 54, "CRI-C": 35, "REF": 34, "STO": 19,
}  # fmt: skip
RECOMMENDER = {
    "REC-S": 745, "OTH": 692, "REC-E": 557, "EXP-I": 530, "RESP": 369, "EXP-P": 302, "REQ": 292, "R-ANS": 183,
    "EXP-S": 55, "CLQ": 30,
}  # fmt: skip


def present(project: Project) -> Counter[str]:
    """How often each tag was given."""
    criteria = project.current_rubric().spec().criteria
    found: Counter[str] = Counter()
    for levels in Judgement.objects.filter(item__project=project).values_list("levels", flat=True):
        found.update(
            criterion.key
            for criterion, level in zip(criteria, levels, strict=True)
            if level is not None and criterion.levels[level].key == "yes"
        )
    return found


@pytest.mark.parametrize(("role", "n", "tags"), [("seeker", 2261, SEEKER), ("recommender", 2322, RECOMMENDER)])
def test_iard_utterances(role: str, n: int, tags: dict[str, int], data: Path) -> None:
    project = project_under(f"iard_{role}")
    batch = bring(project, f"iard_{role}.items", data / "intent_tags/iard_utterances.jsonl")

    assert (batch.n_read, batch.n_items, batch.n_judgements) == (4583, n, n)
    assert project.raters.get().kind == RaterKind.PEOPLE
    assert present(project) == tags


def test_nlupp_requests(data: Path) -> None:
    project = project_under("nlupp")
    batch = bring(project, "nlupp.items", data / "intent_tags/nlupp.jsonl")

    assert (batch.n_items, batch.n_judgements) == (3080, 3080)
    assert Counter(project.items.values_list("slices__domain", flat=True)) == {"banking": 2071, "hotels": 1009}
    tags = present(project)
    assert len(tags) == 62
    # banking/13/74 lists transfer_payment_deposit twice: 513 mentions, 512 requests; 4 tags listed there, 3 given.
    assert tags.most_common(4) == [
        ("request_info", 557),
        ("transfer_payment_deposit", 512),
        ("make_open_apply_setup_get_activate", 381),
        ("wrong_notworking_notshowing", 342),
    ]
    per_item = Counter(
        sum(level == 0 for level in levels) for levels in Judgement.objects.values_list("levels", flat=True)
    )
    assert per_item == {0: 362, 1: 706, 2: 1026, 3: 616, 4: 282, 5: 69, 6: 19}
