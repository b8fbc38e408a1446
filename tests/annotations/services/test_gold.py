"""Where gold comes from, and what may become of it."""

from __future__ import annotations

import pytest

from annotations.choices import GoldSource, GoldUse, RaterKind, Visible
from annotations.errors import GoldError, RubricError
from annotations.models import Gold, Item, Project
from annotations.selectors.gold import firm_consensus, gold_lines, gold_mix, gold_of
from annotations.services.gold import change_gold, gold_from_consensus, gold_from_ruling, retire_gold
from tests.annotations.services.test_claiming import answer, claim, make_gold, queue_of
from tests.factories import judge_item, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


def agreed(project: Project, n: int, levels: tuple[int, ...], n_people: int = 2) -> list[Item]:
    items = make_items(project, n)
    for _ in range(n_people):
        person = make_rater(project)
        for item in items:
            judge_item(person, item, levels)
    return items


# --- from rulings


def test_a_ruling_becomes_gold_and_a_later_one_takes_its_place() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    gold = gold_from_ruling(item=item, levels=(0, None), explanation=" as the guideline says ")
    assert (gold.source, gold.use, gold.explanation) == (GoldSource.RULING, GoldUse.KNOWN, "as the guideline says")
    change_gold(gold=gold, use=GoldUse.HIDDEN)
    again = gold_from_ruling(item=item, levels=(1, 1))
    assert (again.pk, again.levels, again.use, again.explanation) == (
        gold.pk, [1, 1], GoldUse.HIDDEN, "as the guideline says"
    )  # fmt: skip


def test_a_ruling_that_leaves_all_open_or_names_no_level_is_refused() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    with pytest.raises(GoldError, match="all are open"):
        gold_from_ruling(item=item, levels=(None, None))
    with pytest.raises(RubricError):
        gold_from_ruling(item=item, levels=(0, 7))
    assert not Gold.objects.exists()


def test_ruling_again_brings_retired_gold_back() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    gold = gold_from_ruling(item=item, levels=(0, 0), use=GoldUse.HIDDEN)
    assert retire_gold(gold=gold)
    assert not retire_gold(gold=gold)
    gold.refresh_from_db()
    assert (gold.use, gold.retired_at is None) == (GoldUse.KNOWN, False)
    with pytest.raises(GoldError, match="retired"):
        change_gold(gold=gold, use=GoldUse.HIDDEN)
    gold_from_ruling(item=item, levels=(0, 1), use=GoldUse.HIDDEN)
    gold.refresh_from_db()
    assert (gold.use, gold.retired_at) == (GoldUse.HIDDEN, None)


# --- from firm consensus


def test_consensus_is_firm_where_enough_people_agree_on_everything_unseen() -> None:
    project = make_project()
    firm, apart, single, assisted, judged = make_items(project, 5)
    ann, bob = make_rater(project), make_rater(project)
    judge = make_rater(project, RaterKind.JUDGE)
    for person in (ann, bob):
        judge_item(person, firm, (0, 1))
        judge_item(person, assisted, (0, 1), visible=Visible.ASSISTED)
    judge_item(ann, apart, (0, 1))
    judge_item(bob, apart, (0, 0))
    judge_item(ann, single, (0, 0))
    judge_item(judge, single, (0, 0))
    judge_item(ann, judged, (0, 0))
    found = firm_consensus(project, project.current_rubric())
    assert (found.items, found.levels.tolist()) == ([firm.pk], [[0, 1]])
    assert firm_consensus(project, project.current_rubric(), least=3).items == []


def test_gold_is_drawn_from_consensus_in_its_mix_of_classes() -> None:
    project = make_project()
    agreed(project, 30, (0, 0))
    agreed(project, 10, (0, 1))
    drawn = gold_from_consensus(project=project, n=20, least=2, seed=4)
    assert (drawn.n_candidates, len(drawn.gold)) == (40, 20)
    assert {gold.source for gold in drawn.gold} == {GoldSource.CONSENSUS}
    assert {gold.use for gold in drawn.gold} == {GoldUse.HIDDEN}
    # Of 40 a quarter fails: of 20 that are 5, give or take the one that the systematic draw may shift.
    assert sum(gold.levels == [0, 1] for gold in drawn.gold) in (5, 6)
    mix = gold_mix(project)
    assert (mix.n_gold, mix.n_natural, mix.differing) == (20, 40, ())


def test_the_same_item_is_never_drawn_twice_and_the_draw_is_that_of_its_seed() -> None:
    first, second = make_project(), make_project()
    for project in (first, second):
        agreed(project, 12, (0, 0))
        gold_from_consensus(project=project, n=5, least=2, seed=9)
    offsets = [
        [gold.item_id - gold.item.project.items.order_by("pk")[0].pk for gold in Gold.objects.filter(
            item__project=project).order_by("item_id")]
        for project in (first, second)
    ]  # fmt: skip
    assert offsets[0] == offsets[1]
    more = gold_from_consensus(project=first, n=50, least=2, seed=9)
    assert (more.n_candidates, len(more.gold), Gold.objects.filter(item__project=first).count()) == (7, 7, 12)


def test_one_persons_answer_is_never_gold() -> None:
    project = make_project()
    agreed(project, 3, (0, 0), n_people=1)
    with pytest.raises(GoldError, match="at least 2 answers"):
        gold_from_consensus(project=project, n=1, least=1, seed=0)
    assert gold_from_consensus(project=project, n=1, least=2, seed=0).gold == ()


def test_a_mix_that_gives_gold_away_is_named() -> None:
    project = make_project()
    agreed(project, 60, (0, 0))
    make_gold(make_items(project, 30), levels=(0, 1))
    mix = gold_mix(project)
    assert mix.differing == ("Criterion 1",)
    fails = mix.criteria[1].levels[1]
    assert (fails.gold.value, fails.natural.value) == (1.0, 0.0)


def test_gold_is_listed_with_how_people_answered_it() -> None:
    project, _ = queue_of(2, gold_share=1.0)
    make_gold(make_items(project, 1))
    for levels in ((0, 0), (1, 0)):
        turn = claim(project, make_rater(project))
        answer(turn, levels)
    [line] = gold_lines(list(gold_of(project)))
    assert (line.accuracy.value, line.accuracy.n) == (0.5, 2)
    assert line.labels == (("Criterion 0", "Pass", True), ("Criterion 1", "Pass", True))
