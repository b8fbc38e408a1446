"""The command that starts runs."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Batch, Project
from models_llm.choices import Which
from models_llm.models import Run
from models_llm.selectors.selection import Selection, stored_selection
from tests.factories import make_batch, make_items
from tests.models_llm.services.judged_projects import prepared, project_with_items, scripted_version, work_off

pytestmark = pytest.mark.django_db


def started(project: Project, *arguments: str) -> Run:
    call_command("run_judge", "--project", project.slug, "--judge", "scripted", *arguments)
    return prepared(Run.objects.latest("pk"))


def test_items_are_chosen_by_slice_import_and_round() -> None:
    project = project_with_items(2)
    batch = make_batch(project)
    Batch.objects.filter(pk=batch.pk).update(round=3)
    make_items(project, 2, batch, slices={"category": "shoes", "language": "en"})
    make_items(project, 1, batch, slices={"category": "shoes", "language": "de"})
    scripted_version(project)
    assert started(project, "--slice", "category=shoes", "--slice", "language=en").n_items == 2
    assert started(project, "--batch", str(batch.pk)).n_items == 3
    assert started(project, "--round", "3", "--limit", "1").n_items == 1
    assert started(project).n_items == 5


def test_what_has_no_rating_is_judged_again() -> None:
    project = project_with_items(3)
    scripted_version(project, faults={"garbage": 1.0})
    work_off(started(project))
    assert started(project).n_items == 0
    run = started(project, "--unrated")
    assert (run.n_items, stored_selection(run)) == (3, Selection(which=Which.UNRATED))


def test_a_trial_with_budgets_is_started() -> None:
    project = project_with_items(30)
    scripted_version(project)
    run = started(project, "--trial", "--priority", "3", "--most-tokens", "10", "--most-cost", "2.5", "--seed", "4")
    assert (run.n_items, run.priority, run.most_tokens, run.most_cost, run.seed) == (20, 3, 10, 2.5, 4)


def test_a_slice_that_is_none_is_refused_and_nothing_starts() -> None:
    project = project_with_items(1)
    scripted_version(project)
    with pytest.raises(CommandError, match="expected a slice as key=value, got “shoes”"):
        started(project, "--slice", "shoes")
    assert Run.objects.count() == 0
