from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotations.choices import WorkState
from models_llm.bias import read_report
from models_llm.management.commands.audit_judge import describe_check
from models_llm.models import Audit
from models_llm.services.audits import run_audit
from tests.models_llm.services.judged_projects import project_with_items, scripted_version

pytestmark = pytest.mark.django_db


def test_the_command_asks_for_an_audit_of_the_newest_version() -> None:
    project = project_with_items(5)
    scripted_version(project)
    newest = scripted_version(project)
    out = StringIO()
    call_command(
        "audit_judge", "--project", project.slug, "--judge", "scripted", "--items", "5", "--checks", "order", stdout=out
    )
    audit = Audit.objects.get()
    assert (audit.judge_version, audit.most_items, audit.checks) == (newest, 5, ["order"])
    assert out.getvalue() == f"audit {audit.pk}: scripted v2 on at most 5 items\n"
    assert audit.state == WorkState.WAITING


def test_each_check_is_one_line() -> None:
    project = project_with_items(30)
    audit_id = Audit.objects.create(
        project=project,
        judge_version=scripted_version(project),
        most_items=30,
        checks=["position", "master_keys"],
    ).pk
    run_audit(audit_id=audit_id)
    position, keys = read_report(Audit.objects.get().report or {}).checks
    assert describe_check(position) == "Position: not applicable: the rubric has no preference between two candidates"
    assert describe_check(keys).startswith(f"Master keys: {keys.decision}, qualified ")
    assert describe_check(keys).endswith("n = 30 (upper end at most 0.05)")


def test_a_check_that_there_is_none_of_is_refused() -> None:
    project = project_with_items(1)
    scripted_version(project)
    with pytest.raises(CommandError, match="expected some of the checks position"):
        call_command("audit_judge", "--project", project.slug, "--judge", "scripted", "--checks", "charm")
