from __future__ import annotations

import shlex

import pytest
from django.core.management import get_commands, load_command_class

from annotations.choices import Role
from annotations.permissions import CAPABILITIES, Capability
from annotations.selectors.projects import project_lines
from judge_platform.steps import steps_of
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_every_command_that_a_step_names_can_be_typed_as_it_stands() -> None:
    project = make_project(slug="tags")
    [line] = project_lines(make_member(project, Role.LEAD))
    steps = steps_of(line, frozenset(Capability), has_runs=False)
    for step in steps:
        if step.command:
            program, script, name, *arguments = shlex.split(step.command)
            assert (program, script) == ("python", "manage.py")
            parser = load_command_class(get_commands()[name], name).create_parser(script, name)
            parser.parse_args(arguments)


def test_a_trainer_sees_only_the_steps_that_a_trainer_can_take() -> None:
    project = make_project(slug="tags")
    [line] = project_lines(make_member(project, Role.TRAINER))
    steps = steps_of(line, CAPABILITIES[Role.TRAINER], has_runs=False)
    assert [step.label for step in steps] == [
        "Import items",
        "Run a judge",
        "Compare judges with people",
        "Export a judged data set",
    ]
