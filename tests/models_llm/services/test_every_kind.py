"""Every kind of judge that can be configured, from its making over a run to the prompts that its verdict shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Project
from annotations.rubrics import load_rubric
from models_llm.choices import JudgeKind, RunState
from models_llm.errors import JudgeError
from models_llm.judging import KINDS
from models_llm.models import JudgeVersion, Verdict
from models_llm.prompting import Example
from models_llm.selectors.verdicts import verdict_detail
from models_llm.services.judges import create_judge
from tests.factories import make_batch, make_items, make_project
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import project_with_items, started_run, work_off

pytestmark = pytest.mark.django_db


def tags() -> Project:
    project = make_project(spec=tag_rubric())
    batch = make_batch(project)
    for number in range(6):
        make_items(project, 1, batch, context={"interest": number // 3}, candidates=[number], group=f"g{number // 3}")
    return project


def pairs() -> Project:
    project = make_project(spec=load_rubric("preference"))
    batch = make_batch(project)
    for number in range(6):
        make_items(project, 1, batch, context={"question": number}, candidates=[f"yes {number}", f"no {number}"])
    return project


def made(project: Project, kind: JudgeKind, **fields: Any) -> JudgeVersion:
    if KINDS[kind].has_members:
        members = [
            create_judge(project=project, name=member, kind=of, engine="scripted")
            for member, of in {"one": JudgeKind.POINTWISE, "two": JudgeKind.PER_CRITERION}.items()
        ]
        return create_judge(project=project, name="mine", kind=kind, members=members, **fields)
    return create_judge(project=project, name="mine", kind=kind, engine="scripted", **fields)


PROJECTS: dict[JudgeKind, Callable[[], Project]] = dict.fromkeys(KINDS, tags) | {JudgeKind.PAIRWISE: pairs}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_judge_of_every_kind_judges_a_project_and_shows_its_prompts(kind: JudgeKind) -> None:
    project = PROJECTS[kind]()
    version = made(project, kind)
    assert (version.judge.kind, version.number) == (kind, 1)
    assert bool(version.prompt_digest) == KINDS[kind].asks
    run = started_run(version=version)
    assert work_off(run) == 6
    run.refresh_from_db()
    assert run.state == RunState.COMPLETE
    for verdict in Verdict.objects.filter(run=run):
        detail = verdict_detail(project, verdict.judgement_id)
        assert detail is not None
        assert detail.calls
        assert all(shown.messages for shown in detail.calls)
        assert verdict.judgement.outcome == "rated"


def test_examples_are_frozen_with_the_items_they_were_made_of() -> None:
    project = project_with_items(3)
    item = project.items.order_by("pk").first()
    assert item is not None
    example = Example(item.context, tuple(item.candidates), (0, 0, 2), "as people said")
    version = made(project, JudgeKind.PER_CRITERION, examples=[example], example_item_ids=[item.pk])
    assert version.config["fitted_item_ids"] == [item.pk]
    work_off(started_run(version=version))
    detail = verdict_detail(project, Verdict.objects.earliest("pk").judgement_id)
    assert detail is not None
    assert "as people said" in detail.calls[0].messages[0].text
    assert Verdict.objects.count() == 2


def test_a_jury_freezes_its_members_with_what_they_have_seen() -> None:
    project = project_with_items(3)
    item = project.items.order_by("pk").first()
    assert item is not None
    example = Example({}, ("x",), (0, 0, 2))
    one = create_judge(project=project, name="one", engine="scripted", examples=[example], example_item_ids=[item.pk])
    two = create_judge(project=project, name="two", engine="scripted")
    version = create_judge(project=project, name="jury", kind=JudgeKind.JURY, members=[one, two])
    assert version.config["fitted_item_ids"] == [item.pk]
    assert [(member["name"], member["version_id"]) for member in version.config["members"]] == [
        ("one v1", one.pk),
        ("two v1", two.pk),
    ]
    assert version.queue == "judge"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": JudgeKind.JURY}, "a judge of kind jury has members and no engine"),
        ({"kind": JudgeKind.PER_CRITERION}, "a judge of kind per_criterion has an engine and no members"),
        ({"kind": JudgeKind.BASELINE, "engine": "scripted"}, "a kind of judge that can be configured"),
        ({"kind": JudgeKind.PAIRWISE, "engine": "scripted"}, "a pairwise judge rates preferences"),
        ({"engine": "scripted", "protocol": {"k": 3}}, "a judge of kind pointwise has no setting k"),
        ({"engine": "scripted", "examples": [Example({}, ("x",), (0,))]}, "example 1: expected one level for each"),
    ],
)
def test_what_does_not_fit_the_kind_is_refused_and_nothing_made(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(JudgeError, match=message):
        create_judge(project=project_with_items(1), name="mine", **fields)
    assert JudgeVersion.objects.count() == 0


def test_members_of_another_rubric_version_are_refused() -> None:
    project, other = project_with_items(1), project_with_items(1)
    members = [create_judge(project=one, name="one", engine="scripted") for one in (project, other)]
    with pytest.raises(JudgeError, match=r"expected members that judge under .*, got one v1: make newer versions"):
        create_judge(project=project, name="jury", kind=JudgeKind.JURY, members=members)
