"""What stands in the folder of a data set, and what is found when it is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.models import Rater
from models_llm.choices import Shape
from models_llm.datasets import Query, read_manifest
from models_llm.errors import DatasetError
from models_llm.services.datasets import export_dataset, verify_dataset
from tests.factories import judge_item, make_project, make_rater, rubric_spec
from tests.models_llm.services.datasets.exported_projects import (
    PASS,
    add_item,
    judged_project,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    export_dataset(project=judged_project(), query=Query(Shape.JUDGED), folder=tmp_path / "set")
    return tmp_path / "set"


@pytest.mark.parametrize("name", ["README.md", "data/train-00000-of-00001.parquet"])
def test_one_flipped_byte_is_found(exported: Path, name: str) -> None:
    content = bytearray((exported / name).read_bytes())
    content[len(content) // 2] ^= 1
    (exported / name).write_bytes(content)

    [fault] = verify_dataset(folder=exported)
    assert fault.path == name
    assert "SHA-256" in fault.message


def test_missing_and_extra_files_are_found(exported: Path) -> None:
    (exported / "README.md").unlink()
    (exported / "data/extra.txt").write_text("?")

    assert [str(fault) for fault in verify_dataset(folder=exported)] == [
        "README.md: is missing",
        "data/extra.txt: the manifest lists no such file",
    ]


def test_a_changed_count_in_the_manifest_is_found(exported: Path) -> None:
    path = exported / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"rows": 8', b'"rows": 9'))

    with pytest.raises(DatasetError, match="not as it was written"):
        verify_dataset(folder=exported)


def test_an_export_into_a_folder_that_holds_something_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")

    with pytest.raises(DatasetError, match="holds something"):
        export_dataset(project=judged_project(), query=Query(Shape.JUDGED), folder=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_manifest_and_card_say_plainly_what_is_simulated(tmp_path: Path) -> None:
    project = make_project(spec=rubric_spec(1), is_simulated=True)
    robot: Rater = make_rater(project, name="robot [ann]", is_simulated=True)
    judge_item(robot, add_item(project, "it"), (PASS,))

    export_dataset(project=project, query=Query(Shape.SFT), folder=tmp_path / "out")

    assert read_manifest(tmp_path / "out")["simulated"] == {"project": True, "raters": ["robot [ann]"]}
    card = (tmp_path / "out/README.md").read_text()
    assert "**The items are simulated**" in card
    assert r"**These people are simulated**: robot \[ann\]" in card
