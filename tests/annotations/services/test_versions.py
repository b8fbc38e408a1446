"""Policies and guidelines are versions, never edits."""

from __future__ import annotations

import pytest

from annotations.allocation import PolicySettings
from annotations.services.guidelines import add_guideline_version
from annotations.services.projects import change_policy
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_a_changed_policy_is_a_new_version() -> None:
    project = make_project()
    policy = change_policy(project=project, settings=PolicySettings(overlap=3, lease_s=600))
    assert policy.version == 2
    assert project.current_policy() == policy
    assert policy.settings() == PolicySettings(overlap=3, lease_s=600)
    assert project.policies.get(version=1).overlap == 1


def test_the_same_policy_again_makes_no_version() -> None:
    project = make_project()
    first = project.current_policy()
    again = change_policy(project=project, settings=first.settings())
    assert again == first
    assert project.policies.count() == 1


def test_changed_guidelines_are_a_new_version_and_the_old_one_stays() -> None:
    project = make_project()
    add_guideline_version(project=project, text="One rule.")
    add_guideline_version(project=project, text="Two rules.")
    add_guideline_version(project=project, text="Two rules.")
    assert list(project.guidelines.order_by("version").values_list("version", "text")) == [
        (1, "One rule."),
        (2, "Two rules."),
    ]
