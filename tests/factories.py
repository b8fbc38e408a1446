"""Rows for tests. Each function makes one thing, with what it needs."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.db.models import Max

from annotations.allocation import Decision
from annotations.choices import (
    AssignmentStatus,
    BatchKind,
    BatchState,
    Cause,
    Outcome,
    ProjectKind,
    QueueState,
    RaterKind,
    Role,
    Scale,
    Visible,
)
from annotations.models import (
    Assignment,
    Batch,
    Dispute,
    Item,
    Judgement,
    Membership,
    Project,
    QueuedItem,
    Rater,
    Rubric,
    Ruling,
    User,
)
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.projects import create_project
from annotations.services.rulings import NewRuling, claim_dispute, rule
from annotations.services.settling import settle_item

_numbers = count(1)
PASS_FAIL = (
    LevelSpec(key="pass", label="Pass", value=1, passes=True),
    LevelSpec(key="fail", label="Fail", value=0, passes=False),
)


def rubric_spec(n_criteria: int = 2, levels: tuple[LevelSpec, ...] = PASS_FAIL) -> RubricSpec:
    return RubricSpec(
        name="Test rubric",
        criteria=tuple(
            CriterionSpec(key=f"c{i}", name=f"Criterion {i}", scale=Scale.BINARY, levels=levels)
            for i in range(n_criteria)
        ),
    )


def ranking_spec(n_places: int = 4, **fields: Any) -> RubricSpec:
    """One criterion whose levels are places, and one below the line after them."""
    places = tuple(LevelSpec(key=str(n), label=str(n), value=-n, passes=True) for n in range(1, n_places + 1))
    below = LevelSpec(key="below", label="below the line", value=-n_places - 1, passes=False)
    criterion = CriterionSpec(
        key="place", name="Place", scale=Scale.ORDINAL, levels=(*places, below), is_ranking=True, **fields
    )
    return RubricSpec(name="Test ranking", criteria=(criterion,))


def make_user(name: str | None = None, **fields: Any) -> User:
    return User.objects.create_user(username=name or f"user{next(_numbers)}", password="correct horse", **fields)


def make_project(slug: str | None = None, spec: RubricSpec | None = None, **fields: Any) -> Project:
    slug = slug or f"project-{next(_numbers)}"
    return create_project(
        slug=slug,
        name=fields.pop("name", slug.title()),
        kind=fields.pop("kind", ProjectKind.TAG),
        rubric=spec or rubric_spec(),
        **fields,
    )


def make_member(project: Project, role: Role = Role.ANNOTATOR, name: str | None = None) -> User:
    user = make_user(name)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def make_batch(project: Project) -> Batch:
    return Batch.objects.create(
        project=project, kind=BatchKind.ITEMS, state=BatchState.COMPLETE, source_name="made-by-a-test.jsonl"
    )


def make_items(project: Project, n: int, batch: Batch | None = None, **fields: Any) -> list[Item]:
    batch = batch or make_batch(project)
    return Item.objects.bulk_create(
        [
            Item(
                project=project,
                batch=batch,
                external_id=f"item-{next(_numbers)}",
                context=fields.get("context", {"interests": ["hiking"]}),
                candidates=fields.get("candidates", [{"tag": "hiking boots", "reason": "bought poles"}]),
                slices=fields.get("slices", {}),
                group=fields.get("group"),
                content_digest=next(_numbers).to_bytes(16, "big"),
            )
            for _ in range(n)
        ]
    )


def make_group(project: Project, n: int, name: str | None = None, **fields: Any) -> list[Item]:
    """Items of one group, each with another candidate."""
    name, batch = name or f"group-{next(_numbers)}", make_batch(project)
    return [
        make_items(project, 1, batch, group=name, candidates=[{"text": f"answer {number}"}], **fields)[0]
        for number in range(1, n + 1)
    ]


def make_rater(project: Project, kind: RaterKind = RaterKind.PERSON, name: str | None = None, **fields: Any) -> Rater:
    return Rater.objects.create(project=project, kind=kind, name=name or f"rater{next(_numbers)}", **fields)


def judge_item(
    rater: Rater,
    item: Item,
    levels: tuple[int | None, ...] | None,
    rubric: Rubric | None = None,
    **fields: Any,
) -> Judgement:
    [pk] = record_judgements(
        rater=rater,
        rubric=rubric or item.project.current_rubric(),
        judgements=[
            NewJudgement(item_id=item.pk, levels=levels, outcome=fields.pop("outcome", Outcome.RATED), **fields)
        ],
        visible=Visible.BLIND,
    ).values()
    return Judgement.objects.get(pk=pk)


def make_dispute(item: Item, answers: tuple[tuple[int, ...], tuple[int, ...]] = ((0, 1), (0, 0))) -> Dispute:
    """An item on which two people differ, each in a turn of their own, as the queue leaves it."""
    project = item.project
    QueuedItem.objects.filter(item=item).delete()
    policy = project.current_policy()
    furthest = QueuedItem.objects.filter(project=project).aggregate(n=Max("position"))["n"] or 0
    QueuedItem.objects.create(
        item=item,
        project=project,
        policy=policy,
        position=furthest + 1,
        overlap=2,
        state=QueueState.FULL,
        probability=1,
    )
    for place, levels in enumerate(answers):
        rater = make_rater(project)
        judgement = judge_item(rater, item, levels, rationale=f"reason {place}", seconds=10.0 + place)
        Assignment.objects.create(
            item=item, project=project, rater=rater, policy=policy, position=furthest + 1, place=place, overlap=2,
            status=AssignmentStatus.DONE, probability=1, judgement=judgement,
            lease_expires_at=judgement.created_at, finished_at=judgement.created_at,
        )  # fmt: skip
    assert settle_item(item_id=item.pk) == Decision.DISPUTE
    return Dispute.objects.select_related("item", "rubric").get(item=item)


def make_ruling(dispute: Dispute, adjudicator: User, cause: Cause = Cause.CARELESS, **fields: Any) -> Ruling:
    """A ruling by a member, who takes the dispute first."""
    held = claim_dispute(project=dispute.item.project, user=adjudicator, dispute_id=dispute.pk)
    assert held is not None
    levels = fields.pop("levels", (0,) * dispute.rubric.n_criteria)
    return rule(dispute=held, adjudicator=adjudicator, ruling=NewRuling(levels=levels, cause=cause, **fields))
