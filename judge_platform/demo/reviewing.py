"""Simulated people at work: through the queue, like everybody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from annotations.models import Assignment, Project, QueuedItem, Rater, User
from annotations.services.queue import claim_item, queue_items, skip_item, submit_annotation
from annotations.services.raters import rater_of
from annotations.simulation import AnnotatorProfile, SimulatedItem, draw_difficulty, rate
from judge_platform.demo.sample import SampleProject

SKIPPED_SHARE = 0.01


def review_part(
    *,
    project: Project,
    sample: SampleProject,
    items: Mapping[str, SimulatedItem],
    people: Mapping[AnnotatorProfile, User],
) -> int:
    """Have `sample.n_reviewed` items reviewed, then queue `sample.n_left` more for whoever visits.

    Returns: annotations made now; none where the later items were queued before.
    """
    if QueuedItem.objects.filter(project=project).count() >= sample.n_reviewed + sample.n_left:
        return 0
    queue_items(project=project, n=sample.n_reviewed, seed=sample.seed)
    raters = {profile: rater_of(project=project, user=user) for profile, user in people.items()}
    n_made = sum(1 for _ in _work_through(project, sample, items, raters))
    queue_items(project=project, n=sample.n_reviewed + sample.n_left, seed=sample.seed)
    return n_made


def _work_through(
    project: Project,
    sample: SampleProject,
    items: Mapping[str, SimulatedItem],
    raters: Mapping[AnnotatorProfile, Rater],
) -> Iterator[Assignment]:
    """Let the annotators take turns until there is nothing left for any of them."""
    rubric = project.current_rubric()
    spec = rubric.spec()
    rng = np.random.default_rng([sample.seed, 1])
    difficulty = {external_id: draw_difficulty(rng) for external_id in items}
    active = dict(raters)
    while active:
        for profile, rater in list(active.items()):
            turn = claim_item(project=project, rater=rater)
            if turn is None:
                del active[profile]
            elif rng.random() < SKIPPED_SHARE:
                skip_item(assignment=turn, reason="unclear")
            else:
                item = items[turn.item.external_id]
                rating = rate(profile, spec, item.levels, difficulty=difficulty[turn.item.external_id], rng=rng)
                submit_annotation(assignment=turn, rubric=rubric, levels=rating.levels, seconds=rating.seconds)
                yield turn
