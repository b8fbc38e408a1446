"""Votes: what people said of items by themselves, which is what judges are fitted on, shown and held to.

A vote is a live, rated judgement of a person, or of a published aggregate of people, who had not seen another's
judgement of the item first.
"""

from __future__ import annotations

from django.db.models import QuerySet

from annotations.agreement import OUTCOMES, Ratings
from annotations.choices import PEOPLE, Outcome, Visible
from annotations.models import Judgement, Rater, Rubric
from annotations.selectors.ratings import fetch_ratings


def votes_under(rubric: Rubric) -> QuerySet[Judgement]:
    """The votes as rows."""
    votes = Judgement.objects.live().filter(rubric=rubric, rater__kind__in=PEOPLE, outcome=Outcome.RATED)
    return votes.exclude(visible=Visible.ASSISTED)


def fetch_votes(rubric: Rubric) -> Ratings:
    """The votes as arrays; an item without any is not among them."""
    people = Rater.objects.filter(project_id=rubric.project_id, kind__in=PEOPLE).values_list("pk", flat=True)
    ratings = fetch_ratings(project=rubric.project, rubric=rubric, rater_ids=people)
    return ratings.where((ratings.outcome == OUTCOMES.index(Outcome.RATED)) & ~ratings.assisted).of_its_items()
