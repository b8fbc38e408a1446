from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from models_llm.models import Fit, JudgeVersion
from tests.models_llm.services.judged_projects import reviewed_project

pytestmark = pytest.mark.django_db


def test_the_command_fits_at_once_and_says_each_step() -> None:
    project, _ = reviewed_project(80, n_rated=80)
    out, err = StringIO(), StringIO()
    call_command("fit_baseline", project=project.slug, stdout=out, stderr=err)
    steps = err.getvalue().splitlines()
    assert [step.split()[0] for step in steps] == ["reading", "fitting", "fitting", "fitting", "evaluating"]
    assert steps[1].endswith(", 1 of 3")
    assert steps[-1] == "evaluating on 24 held-out items"
    assert out.getvalue().startswith("baseline v1: fitted on 56 items, evaluated on 24 others")
    assert (JudgeVersion.objects.count(), Fit.objects.count()) == (1, 0)
