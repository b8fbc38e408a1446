from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotations.choices import BatchKind, RaterKind, Role
from annotations.models import Project, Rater
from annotations.services.imports import import_file
from models_llm.choices import JudgeKind
from models_llm.errors import JudgeError
from models_llm.models import Judge, JudgeVersion, Run
from models_llm.services.recorded import adopt_recorded_judges
from models_llm.services.runs import start_run
from tests.factories import judge_item, make_items, make_member, make_project, make_rater
from tests.models_llm.services.judged_projects import scripted_version

pytestmark = pytest.mark.django_db

MAPPING = """\
kind: judgements
item: item
rater: rater
rater_kind: {field: type, values: {human: person, llm: judge}}
wide: {c0: c0, c1: c1}
values: {outcomes: {garbage: unparsed}}
"""


def import_verdicts(project: Project, folder: Path, rows: str, *, mapping: str = MAPPING) -> None:
    path = folder / "verdicts.csv"
    path.write_text("item,rater,type,c0,c1\n" + rows)
    import_file(project=project, path=path, kind=BatchKind.JUDGEMENTS, mapping=mapping)


@pytest.fixture
def recorded(tmp_path: Path) -> Project:
    """Two items, judged by a person and by a judge called gpt in an imported file."""
    project = make_project()
    first, second = make_items(project, 2)
    rows = [
        f"{first.external_id},anna,human,pass,pass",
        f"{first.external_id},gpt,llm,pass,fail",
        f"{second.external_id},gpt,llm,garbage,garbage",
    ]
    import_verdicts(project, tmp_path, "\n".join(rows) + "\n")
    return project


def test_an_imported_judge_becomes_a_recorded_version_and_a_person_does_not(recorded: Project) -> None:
    assert adopt_recorded_judges() == 1

    version = JudgeVersion.objects.get()
    assert (version.judge.name, version.judge.kind, version.number) == ("gpt", JudgeKind.RECORDED, 1)
    assert version.rater == Rater.objects.get(project=recorded, kind=RaterKind.JUDGE)
    assert (version.engine, version.model, version.rubric) == ("", "", recorded.current_rubric())
    batch = recorded.batches.get(kind=BatchKind.JUDGEMENTS)
    assert version.config["recorded"]["file_digest"] == batch.file_digest
    assert version.config["recorded"]["source_name"] == "verdicts.csv"
    assert len(version.digest) == 64


def test_the_version_says_which_model_its_judge_was_where_the_mapping_does(tmp_path: Path, client: Client) -> None:
    project = make_project()
    [item] = make_items(project, 1)
    rows = "".join(f"{item.external_id},{name},llm,pass,pass\n" for name in ("gpt", "small", "smaller"))
    said = 'judges: {gpt: {model: gpt-4o, revision: "2024-08-06"}, "*": {model: org/small-1b}}\n'
    import_verdicts(project, tmp_path, rows, mapping=MAPPING + said)
    adopt_recorded_judges()
    versions = {version.judge.name: version for version in JudgeVersion.objects.select_related("judge")}
    models = {name: (version.model, version.revision) for name, version in versions.items()}
    assert models == {
        "gpt": ("gpt-4o", "2024-08-06"),
        "small": ("org/small-1b", ""),
        "smaller": ("org/small-1b", ""),
    }
    assert len({version.digest for version in versions.values()}) == 3
    client.force_login(make_member(project, Role.LEAD))
    judges, judge = (
        reverse("models_llm:judges", args=[project.slug]),
        f"/p/{project.slug}/judges/{versions['gpt'].pk}/",
    )
    assert "gpt-4o, came with an import" in client.get(judges).text
    assert "gpt-4o at 2024-08-06" in client.get(judge).text
    assert "| model | gpt-4o 2024-08-06 |" in client.get(f"{judge}card/", {"format": "md"}).text


def test_adopting_again_changes_nothing(recorded: Project, tmp_path: Path) -> None:
    adopt_recorded_judges()
    before = JudgeVersion.objects.values().get()
    [item] = make_items(recorded, 1)
    import_verdicts(recorded, tmp_path, f"{item.external_id},gpt,llm,pass,pass\n")
    assert adopt_recorded_judges() == 0
    assert JudgeVersion.objects.values().get() == before


def test_an_import_has_its_judges_adopted_by_the_tasks_that_the_settings_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr("annotations.handoff.current_app.send_task", lambda name, args, **_: sent.append((name, args)))
    project = make_project()
    [item] = make_items(project, 1)
    with django_capture_on_commit_callbacks(execute=True):
        import_verdicts(project, tmp_path, f"{item.external_id},gpt,llm,pass,pass\n")
    batch = project.batches.get(kind=BatchKind.JUDGEMENTS)
    assert sent == [("models_llm.adopt_recorded_judges", [batch.pk])]
    assert adopt_recorded_judges(batch_id=batch.pk) == 1


def test_only_the_project_of_the_import_is_looked_at(recorded: Project) -> None:
    elsewhere = make_items(make_project(), 1)[0]
    assert adopt_recorded_judges(batch_id=elsewhere.batch_id) == 0
    assert adopt_recorded_judges(batch_id=recorded.batches.get(kind=BatchKind.JUDGEMENTS).pk) == 1


def test_a_judge_of_ours_keeps_its_name(recorded: Project) -> None:
    Judge.objects.create(project=recorded, name="gpt", kind=JudgeKind.POINTWISE)
    adopt_recorded_judges()
    assert JudgeVersion.objects.get().judge.name == "gpt (recorded 2)"


def test_judges_of_ours_and_raters_without_judgements_are_left_alone() -> None:
    project = make_project()
    make_rater(project, RaterKind.JUDGE, "nothing said")
    version = scripted_version(project)
    judge_item(version.rater, make_items(project, 1)[0], (0, 0))
    assert adopt_recorded_judges() == 0


def test_a_recorded_judge_cannot_be_run(recorded: Project) -> None:
    adopt_recorded_judges()
    version = JudgeVersion.objects.select_related("judge", "rater").get()
    with pytest.raises(JudgeError, match="“gpt” is a recorded judge: its verdicts came with an import"):
        start_run(version=version)
    with pytest.raises(CommandError, match="recorded judge"):
        call_command("run_judge", project=recorded.slug, judge="gpt")
    assert not Run.objects.exists()


def test_no_door_offers_to_run_a_recorded_judge(recorded: Project, client: Client) -> None:
    adopt_recorded_judges()
    version = JudgeVersion.objects.get()
    client.force_login(make_member(recorded, Role.LEAD))
    page = client.get(reverse("models_llm:judge", args=[recorded.slug, version.pk])).content.decode()
    assert "Start a run" not in page
    assert "verdicts.csv" in page
    form = client.post(reverse("models_llm:start-run", args=[recorded.slug]), {"version": version.pk, "seed": 0})
    assert form.status_code == 422
    answer = client.post(
        reverse("models_llm:api-runs", args=[recorded.slug]),
        {"judge_version_id": version.pk},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "judge_invalid")
    assert not Run.objects.exists()


def test_what_the_settings_name_is_a_task_and_takes_the_id_of_an_import(recorded: Project, settings: Any) -> None:
    [name] = settings.AFTER_IMPORT_TASKS
    batch = recorded.batches.get(kind=BatchKind.JUDGEMENTS)
    current_app.loader.import_default_modules()
    current_app.tasks[name](batch.pk)
    assert JudgeVersion.objects.count() == 1
