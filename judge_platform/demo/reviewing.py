"""Simulated people at work: through the queue, like everybody else.

First they see nothing of judges, for there is none yet, and the judges are fitted on what they said. Then the policy
draws by lot what is shown, and hides gold among the work; that is also what a visitor is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from annotations.allocation import PolicySettings
from annotations.choices import FlagReason, GoldSource, GoldUse, Mode
from annotations.models import Assignment, Gold, Judgement, Project, QueuedItem, Rater, User
from annotations.selectors.review import verdicts_on
from annotations.services.gold import gold_from_consensus, use_as_gold
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items, skip_item, submit_annotation
from annotations.services.revisions import keep_annotation, revise_annotation
from annotations.services.threads import flag_item
from annotations.simulation import AnnotatorProfile, SimulatedItem, draw_difficulty, rate
from judge_platform.demo.sample import SampleProject
from judge_platform.demo.turns import turns_of

SKIPPED_SHARE: Final = 0.01
FLAGGED_SHARE: Final = 0.01
FLAGS: Final = {
    FlagReason.BROKEN: "The text ends in the middle.",
    FlagReason.PRIVATE: "That tells too much about one shopper.",
    FlagReason.GUIDELINE: "The guidelines say nothing of presents.",
}
IN_CONSENSUS: Final = 3
N_FROM_CONSENSUS: Final = 12
N_HIDDEN: Final = 30


def review_first(
    *,
    project: Project,
    sample: SampleProject,
    items: Mapping[str, SimulatedItem],
    people: Mapping[AnnotatorProfile, User],
) -> int:
    """Have `sample.n_reviewed` items reviewed by people who see nothing of any judge.

    Returns: annotations made now; none where later items were queued before.
    """
    if QueuedItem.objects.filter(project=project).count() > sample.n_reviewed:
        return 0
    queue_items(project=project, n=sample.n_reviewed, seed=sample.seed)
    return sum(1 for _ in _work_through(project, sample, items, people))


def review_shown(
    *,
    project: Project,
    sample: SampleProject,
    items: Mapping[str, SimulatedItem],
    people: Mapping[AnnotatorProfile, User],
    lead: User,
) -> int:
    """Have `sample.n_shown` items reviewed in all modes with gold among them, then queue `sample.n_left` more.

    Returns: annotations made now; none where the last items were queued before.
    """
    n_worked = sample.n_reviewed + sample.n_shown
    if QueuedItem.objects.filter(project=project).count() >= n_worked + sample.n_left:
        return 0
    change_policy(project=project, settings=_all_modes(project, sample), changed_by=lead)
    _hide_gold(project, sample)
    queue_items(project=project, n=n_worked, seed=sample.seed)
    n_made = sum(1 for _ in _work_through(project, sample, items, people))
    queue_items(project=project, n=n_worked + sample.n_left, seed=sample.seed)
    return n_made


def _all_modes(project: Project, sample: SampleProject) -> PolicySettings:
    """Two answers an item: where they differ, somebody has to rule."""
    return replace(
        project.current_policy().settings(),
        overlap=2,
        blind_share=0.25,
        reveal_share=0.25,
        assist_share=0.35,
        challenge_share=0.15,
        gold_share=0.25,
        shows_gold_accuracy=True,
        gold_acceptable=0.7,
        gold_bad=0.3,
        seed=sample.seed,
    )


def _hide_gold(project: Project, sample: SampleProject) -> None:
    """Part of what was imported and answered, and some of what people agree on; the rest stays known only."""
    if Gold.objects.filter(item__project=project, source=GoldSource.CONSENSUS).exists():
        return
    imported = Gold.objects.filter(
        item__project=project, item__queued__isnull=False, source=GoldSource.IMPORTED
    ).order_by("item_id")
    use_as_gold(
        project=project, item_ids=list(imported.values_list("item_id", flat=True)[:N_HIDDEN]), use=GoldUse.HIDDEN
    )
    gold_from_consensus(project=project, n=N_FROM_CONSENSUS, least=IN_CONSENSUS, seed=sample.seed)


def _work_through(
    project: Project,
    sample: SampleProject,
    items: Mapping[str, SimulatedItem],
    people: Mapping[AnnotatorProfile, User],
) -> Iterator[Judgement]:
    """Nobody skips what another has skipped, so that enough of them are left for every item."""
    rng = np.random.default_rng([sample.seed, 1])
    difficulty = {external_id: draw_difficulty(rng) for external_id in items}
    skipped: set[int] = set()
    for profile, rater, turn in turns_of(project, people):
        if rng.random() < SKIPPED_SHARE and turn.item_id not in skipped:
            skip_item(assignment=turn, reason="unclear")
            skipped.add(turn.item_id)
        else:
            item = items[turn.item.external_id]
            yield _answer(turn, rater, profile, item, difficulty[turn.item.external_id], rng)


def _answer(
    turn: Assignment,
    rater: Rater,
    profile: AnnotatorProfile,
    item: SimulatedItem,
    difficulty: float,
    rng: np.random.Generator,
) -> Judgement:
    """Look at what the turn shows, answer, and look again where a verdict is revealed after it."""
    rubric = turn.project.current_rubric()
    shown = turn.shown.levels if turn.shown is not None and turn.mode in (Mode.ASSIST, Mode.CHALLENGE) else None
    said = rate(profile, rubric.spec(), item.levels, difficulty=difficulty, rng=rng, shown=_whole(shown))
    judgement = submit_annotation(assignment=turn, rubric=rubric, levels=said.levels, seconds=said.seconds)
    if turn.mode == Mode.REVEAL:
        _look_again(judgement, profile, rng)
    if rng.random() < FLAGGED_SHARE and rater.user is not None:
        reason = list(FLAGS)[int(rng.integers(len(FLAGS)))]
        flag_item(item=turn.item, user=rater.user, reason=reason, note=FLAGS[reason])
    return judgement


def _look_again(judgement: Judgement, profile: AnnotatorProfile, rng: np.random.Generator) -> None:
    """Keep the answer, or take over the verdict that differs."""
    verdict = verdicts_on(item_id=judgement.item_id, rubric=judgement.rubric).first()
    levels = None if verdict is None else _whole(verdict.levels)
    if levels is None or list(levels) == list(judgement.levels):
        return
    if rng.random() < profile.follows:
        revise_annotation(judgement=judgement, levels=levels, seconds=judgement.seconds)
    else:
        keep_annotation(judgement=judgement)


def _whole(levels: list[int | None] | None) -> tuple[int, ...] | None:
    """Levels that can be taken over: all of them, or none."""
    known = tuple(level for level in levels or () if level is not None)
    return known if levels and len(known) == len(levels) else None
