"""Simulated people who take turns at a queue, like everybody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from annotations.models import Assignment, Project, Rater, User
from annotations.services.queue import claim_item
from annotations.services.raters import rater_of
from annotations.simulation import AnnotatorProfile


def turns_of(
    project: Project, people: Mapping[AnnotatorProfile, User]
) -> Iterator[tuple[AnnotatorProfile, Rater, Assignment]]:
    """One turn each, round after round, until there is nothing left for any of them.

    A turn is answered or skipped before the next one is asked for: what one skips, another is given.
    """
    raters = {profile: rater_of(project=project, user=user) for profile, user in people.items()}
    goes_on = True
    while goes_on:
        goes_on = False
        for profile, rater in raters.items():
            turn = claim_item(project=project, rater=rater)
            if turn is not None:
                goes_on = True
                yield profile, rater, turn
