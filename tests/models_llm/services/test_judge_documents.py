from __future__ import annotations

import pytest

from annotations.choices import GoldSource
from annotations.models import Gold, Project
from models_llm.errors import JudgeError
from models_llm.judging import JUDGES, KINDS
from models_llm.services.judge_documents import create_judge_from, document_of, read_document
from tests.factories import make_items, make_project
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import live_outcomes, project_with_items, started_run, work_off

pytestmark = pytest.mark.django_db
SCRIPTED = {"kind": "pointwise", "engine": "scripted", "sampling": {"temperature": 0.5}}
OF_THEIR_OWN_RUBRIC = {"senior_reviewer", "pairwise"}
ASKING = [
    kind.value
    for kind, described in KINDS.items()
    if described.asks and kind.value in JUDGES and kind.value not in OF_THEIR_OWN_RUBRIC
]


def project_with_gold(n: int) -> Project:
    project = make_project(spec=tag_rubric())
    for number, item in enumerate(make_items(project, n)):
        levels = [number % 2, number % 2, number % 3]
        Gold.objects.create(item=item, rubric=project.current_rubric(), levels=levels, source=GoldSource.IMPORTED)
    return project


@pytest.mark.parametrize("kind", ASKING)
def test_a_version_reads_as_the_document_that_makes_an_equal_one(kind: str) -> None:
    project = make_project(spec=tag_rubric())
    first = create_judge_from(project=project, name="j", document=SCRIPTED | {"kind": kind})
    second = create_judge_from(project=project, name="j", document=document_of(first))
    assert (second.number, second.digest, second.config) == (2, first.digest, first.config)


def test_examples_are_frozen_and_their_items_are_not_judged() -> None:
    project = project_with_gold(6)
    version = create_judge_from(project=project, name="j", document=SCRIPTED | {"examples": {"n": 4, "seed": 2}})
    assert len(version.config["examples"]) == len(version.config["fitted_item_ids"]) == 4
    work_off(started_run(version=version))
    judged = set(live_outcomes(version))
    assert judged == set(project.items.values_list("pk", flat=True)) - set(version.config["fitted_item_ids"])


def test_examples_like_those_of_a_version_are_the_same_and_seen_too() -> None:
    project = project_with_gold(6)
    first = create_judge_from(project=project, name="j", document=SCRIPTED | {"examples": {"n": 3}})
    Gold.objects.all().delete()
    again = create_judge_from(project=project, name="j", document=SCRIPTED | {"examples": {"like": "j v1"}})
    assert again.config["examples"] == first.config["examples"]
    assert again.config["fitted_item_ids"] == first.config["fitted_item_ids"]


def test_more_examples_than_people_decided_are_refused() -> None:
    with pytest.raises(JudgeError, match="expected 3 items that people decided on every criterion, there are 2"):
        read_document(project_with_gold(2), SCRIPTED | {"examples": {"n": 3}})


def test_a_version_of_another_project_is_no_member_and_lends_no_examples() -> None:
    theirs = create_judge_from(project=project_with_items(0), name="theirs", document=SCRIPTED)
    for document in (SCRIPTED | {"examples": {"like": str(theirs)}}, {"kind": "jury", "members": [str(theirs)]}):
        with pytest.raises(JudgeError, match="of this project"):
            read_document(project_with_items(0), document)


def test_texts_from_a_form_have_the_line_ends_of_files() -> None:
    template = {"system": "Judge.\r\n$rubric\r\n$shape", "user": "$item"}
    written = read_document(project_with_items(0), SCRIPTED | {"template": template})
    assert written.config.settings["prompt"]["system"] == "Judge.\n$rubric\n$shape"
