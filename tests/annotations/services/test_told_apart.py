"""Simulated people at work under a policy with gold and all modes: what the platform says of each of them."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.choices import GoldUse, Mode, Order, PauseReason, Purpose, RaterKind
from annotations.models import Assignment, Gold, Item, Pause, Project, Rater
from annotations.selectors.reliance import project_modes
from annotations.selectors.signals import project_signals
from annotations.services.quality import resume_annotator
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.simulation import WATCHED, AnnotatorProfile, rate
from tests.annotations.services.test_claiming import make_gold, set_policy
from tests.factories import judge_item, make_items, make_project, make_rater

# Lots are drawn from ids: with sequences that begin anew the simulation is the same whenever it runs.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
CAREFUL, CARELESS, ANCHORED = WATCHED
N_ITEMS, N_GOLD = 240, 90
KEYS = ("pass", "fail")


def planted(project: Project, n: int, judge: Rater, rng: np.random.Generator, *, wrong_share: float) -> list[Item]:
    """Items with a truth in their slices, and verdicts of a judge that is wrong on a share of them."""
    items = make_items(project, n)
    for item in items:
        truth = [int(rng.random() < 0.3), int(rng.random() < 0.2)]
        item.slices = {"truth": truth}
        verdict = (1 - truth[0], truth[1]) if rng.random() < wrong_share else tuple(truth)
        judge_item(judge, item, verdict)
    Item.objects.bulk_update(items, ["slices"])
    return items


def work_through(project: Project, raters: dict[AnnotatorProfile, Rater], rng: np.random.Generator) -> int:
    """Let everybody take turns until nothing is left; whoever is paused is let go on. Returns the number of pauses."""
    rubric = project.current_rubric()
    spec, n_pauses, active = rubric.spec(), 0, dict(raters)
    while active:
        for profile, rater in list(active.items()):
            turn = claim_item(project=project, rater=rater)
            if turn is None:
                if Pause.objects.filter(rater=rater, ended_at__isnull=True).exists():
                    resume_annotator(rater=rater, by=None, note="for the sake of the measurement")
                    n_pauses += 1
                else:
                    del active[profile]
                continue
            truth = {f"c{i}": KEYS[level] for i, level in enumerate(turn.item.slices["truth"])}
            shown = None if turn.shown is None else tuple(level for level in turn.shown.levels if level is not None)
            said = rate(profile, spec, truth, difficulty=1.0, rng=rng, shown=shown)
            submit_annotation(assignment=turn, rubric=rubric, levels=said.levels, seconds=said.seconds)
    return n_pauses


def watched_project() -> Project:
    rng = np.random.default_rng(23)
    project = make_project(overlap=3)
    set_policy(
        project, seed=7, gold_share=0.4, blind_share=0.35, reveal_share=0.15, assist_share=0.35, challenge_share=0.15
    )
    judge = make_rater(project, RaterKind.JUDGE)
    planted(project, N_ITEMS, judge, rng, wrong_share=0.5)
    queue_items(project=project, order=Order.GIVEN)
    for number, item in enumerate(planted(project, N_GOLD, judge, rng, wrong_share=0.7)):
        [gold] = make_gold([item], GoldUse.HIDDEN)
        Gold.objects.filter(pk=gold.pk).update(levels=item.slices["truth"], lot=number / N_GOLD)
    raters = {profile: make_rater(project, name=profile.key, is_simulated=True) for profile in WATCHED}
    work_through(project, raters, rng)
    return project


def test_the_signals_tell_the_careless_one_and_the_modes_the_anchored_one() -> None:
    project = watched_project()
    signals = {found.rater.name: found.signals for found in project_signals(project)}
    modes = project_modes(project)
    people = {found.rater.name: found.figures for found in modes.people}
    assert set(signals) == set(people) == {profile.key for profile in WATCHED}

    # The careless one: right on gold less often than either of the others, beyond both intervals, and paused for it.
    careless, careful, anchored = (signals[key] for key in ("careless", "careful", "anchored"))
    assert careless.gold.high < min(careful.gold.low, anchored.gold.low)
    assert careless.agreement.high < min(careful.agreement.low, anchored.agreement.low)
    assert careless.pace.ratio.high < 1 < careful.pace.ratio.low
    paused = set(Pause.objects.filter(reason=PauseReason.GOLD).values_list("rater__name", flat=True))
    assert paused == {"careless"}

    # The anchored one is as right as the careful one where nothing of a judge is seen; only the modes show it.
    assert anchored.gold.low < careful.gold.value
    assert careful.gold.low < anchored.gold.value
    bias = people["anchored"].bias.difference
    assert bias.low > 0.1
    assert people["careful"].bias.difference.high < bias.low
    wrong = people["anchored"].challenge.difference
    assert wrong.low > 0.2
    assert people["careful"].challenge.difference.low < 0.15
    assert modes.project.bias.difference.low > 0
    assert modes.project.bias.difference.n == sum(figures.bias.difference.n for figures in people.values())

    # And the figures are of the turns that the modes name.
    for found in modes.people:
        turns = Assignment.objects.filter(rater=found.rater)
        work = turns.filter(purpose=Purpose.WORK)
        assert found.figures.bias.shown.n == work.filter(mode=Mode.ASSIST).count()
        assert found.figures.bias.unseen.n == work.exclude(mode=Mode.ASSIST).count()
        assert found.figures.challenge.shown.n == turns.filter(mode=Mode.CHALLENGE).count()
