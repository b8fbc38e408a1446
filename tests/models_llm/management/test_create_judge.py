from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from models_llm.models import JudgeVersion
from tests.models_llm.services.judged_projects import project_with_items, scripted_version

pytestmark = pytest.mark.django_db


def create(*arguments: str, **options: Any) -> str:
    said = StringIO()
    call_command("create_judge", *arguments, name="j", stdout=said, **options)
    return said.getvalue()


def test_a_served_model_is_the_one_of_the_settings_unless_told(settings: Settings) -> None:
    project = project_with_items(0)
    settings.JUDGE_URL, settings.JUDGE_MODEL = "http://gpu-1:8000/v1", "m-7b"
    said = create(project=project.slug)
    version = JudgeVersion.objects.get()
    assert (version.judge.kind, version.engine, version.model) == ("pointwise", "openai_http", "m-7b")
    assert version.config["engine"] == {"url": "http://gpu-1:8000/v1"}
    assert said == f"j v1 (pointwise): openai_http m-7b, prompt {version.prompt_digest[:12]}\n"


def test_without_a_server_nothing_is_made(settings: Settings) -> None:
    settings.JUDGE_URL = settings.JUDGE_MODEL = ""
    with pytest.raises(CommandError, match="expected --url and --model"):
        create(project=project_with_items(0).slug)
    assert not JudgeVersion.objects.exists()


def test_single_settings_are_put_into_the_description() -> None:
    project = project_with_items(0)
    create(
        "--set", "sampling.temperature=0.25", "--set", "engine_settings.faults={failed: 0.5}", "--set", "revision=abc",
        project=project.slug, engine="scripted", kind="pointwise",
    )  # fmt: skip
    version = JudgeVersion.objects.get()
    assert (version.config["sampling"]["temperature"], version.revision) == (0.25, "abc")
    assert version.config["engine"] == {"faults": {"failed": 0.5}}


def test_a_file_describes_a_judge(tmp_path: Path) -> None:
    project = project_with_items(0)
    file = tmp_path / "judge.yaml"
    file.write_text("kind: pointwise\nengine: scripted\nmodel: lot\nsampling: {seed: 9}\n")
    create("--set", "sampling.max_tokens=50", project=project.slug, file=file)
    sampling = JudgeVersion.objects.get().config["sampling"]
    assert (sampling["seed"], sampling["max_tokens"]) == (9, 50)


@pytest.mark.parametrize("text", ["- a list", "kind: [", "kind: pointwise\nengine: scripted\nmodell: x"])
def test_a_file_that_describes_none_is_refused(text: str, tmp_path: Path) -> None:
    project = project_with_items(0)
    file = tmp_path / "judge.yaml"
    file.write_text(text)
    with pytest.raises(CommandError):
        create(project=project.slug, file=file)
    assert not JudgeVersion.objects.exists()


def test_a_setting_without_a_value_is_refused() -> None:
    project = project_with_items(0)
    scripted_version(project)
    with pytest.raises(CommandError, match="expected --set KEY=VALUE"):
        create("--set", "sampling", project=project.slug, engine="scripted")
