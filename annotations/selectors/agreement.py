"""Agreement of a project as it stands, and the items behind each figure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q

from annotations.agreement import AgreementReport, PairAnswer, Ratings, agreement_report, as_plain, criteria_of
from annotations.agreement import items_in_cell as items_in_cell_of
from annotations.choices import RaterKind
from annotations.errors import RubricError
from annotations.estimation import IntArray
from annotations.models import Project, Rater
from annotations.rubrics import CriterionSpec
from annotations.selectors.groups import group_numbers
from annotations.selectors.ratings import ItemSlice, fetch_ratings
from annotations.sentences import sentence as _


def project_agreement(
    *,
    project: Project,
    criterion: str | None = None,
    rater_ids: Collection[int] | None = None,
    item_slice: ItemSlice | None = None,
    batch_id: int | None = None,
) -> AgreementReport:
    """People with people and each judge with people, from the live judgements under the current rubric.

    Args:
        criterion: only the criterion with this key.
        rater_ids, item_slice, batch_id: as in `fetch_ratings`.
    Raises: RubricError, if the current rubric has no such criterion.
    """
    ratings = fetch_ratings(project=project, rater_ids=rater_ids, item_slice=item_slice, batch_id=batch_id)
    keys = [known.key for known in criteria_of(ratings.rubric)]
    if criterion is not None and criterion not in keys:
        raise RubricError(
            _("expected one of the criteria %(known)s, got “%(criterion)s”", known=", ".join(keys), criterion=criterion)
        )
    return agreement_report(ratings, criterion=criterion, groups=ranked_groups(project, ratings))


def ranked_groups(project: Project, ratings: Ratings) -> IntArray | None:
    """The number of each item's group, where the rubric of the ratings ranks; else None."""
    if ratings.rubric.ranking is None:
        return None
    return group_numbers(project=project, item_ids=ratings.items)


@dataclass(frozen=True)
class Comparable:
    """What there is to compare.

    Attributes:
        criteria: of the current rubric, then the joint outcome where there is one.
        n_judges: judges that judged anything, or may.
    """

    criteria: tuple[CriterionSpec, ...]
    n_judges: int


def comparable_criteria(project: Project) -> Comparable:
    """Criteria and judges of a project, without their judgements."""
    return Comparable(
        criteria=criteria_of(project.current_rubric().spec()),
        n_judges=Rater.objects.filter(project=project, kind=RaterKind.JUDGE).count(),
    )


def agreement_document(
    *, project: Project, report: AgreementReport, item_slice: ItemSlice | None = None
) -> dict[str, Any]:
    """The report as plain values, with what it is of: the same from the API and from the command."""
    rubric = project.current_rubric()
    return {
        "project": project.slug,
        "rubric": {"version": rubric.version, "digest": rubric.digest},
        "slice": None if item_slice is None else {item_slice.key: item_slice.value},
        **as_plain(report),
    }


def items_in_cell(
    *,
    project: Project,
    criterion: str,
    judge: int | None = None,
    judge_level: int | Literal["unread"] | None = None,
    people_level: int | None = None,
    pairs: PairAnswer | None = None,
    item_slice: ItemSlice | None = None,
) -> list[int]:
    """Ids of the items behind a mark or a cell of the agreement page, ascending.

    Args:
        criterion: its key, or `qualified` for the joint outcome.
        judge: id of the judge's rater; without one, the items that two people or more rated.
        judge_level: position of the judge's level, or `unread` for replies that could not be read; None: any.
        people_level: position of the level of the people's majority; None: any.
        pairs: of a criterion that ranks only candidates of pairs of which two raters say this together.
    """
    raters = Rater.objects.filter(project=project).exclude(Q(kind=RaterKind.JUDGE) & ~Q(pk=judge))
    ratings = fetch_ratings(project=project, rater_ids=list(raters.values_list("pk", flat=True)), item_slice=item_slice)
    found = items_in_cell_of(
        ratings,
        criterion=criterion,
        judge=judge,
        judge_level=judge_level,
        people_level=people_level,
        groups=ranked_groups(project, ratings),
        pairs=pairs,
    )
    return [int(item) for item in found]
