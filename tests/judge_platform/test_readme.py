"""What README and CONTRIBUTING name is there."""

from __future__ import annotations

import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PATHS = re.findall(r"`((?:annotations|models_llm|judge_platform|tests)/[\w/.]+)`", README + CONTRIBUTING)
COMMANDS = re.findall(r"manage\.py ([a-z_]+)([^\n#]*)", README)


@pytest.mark.parametrize(("name", "arguments"), COMMANDS)
def test_every_command_of_the_readme_takes_the_arguments_shown(name: str, arguments: str) -> None:
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(shlex.split(arguments))


def test_the_readme_shows_the_whole_loop() -> None:
    shown = [name for name, _ in COMMANDS]
    loop = ["create_project", "import_batch", "queue_items", "fit_baseline", "run_judge", "report_agreement",
            "export_dataset", "verify_dataset"]  # fmt: skip
    assert [name for name in shown if name in loop] == loop


def test_every_make_target_named_is_one() -> None:
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", README + CONTRIBUTING))
    named |= set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE))
    assert {"demo", "test", "start"} <= named <= there


@pytest.mark.parametrize("path", PATHS)
def test_every_file_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_setting_of_the_readme_is_one() -> None:
    table = README[README.index("## Settings") :]
    named = re.findall(r"`([A-Z][A-Z_]{3,})`", table)
    example = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert named
    assert set(named) <= set(example)
