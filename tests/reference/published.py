"""The published data sets, imported through their mapping files, and what is known of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotations.choices import ProjectKind
from annotations.formats import load_mapping_text, mapping_kind
from annotations.models import Project
from annotations.rubrics import load_rubric
from annotations.services.imports import import_file
from annotations.services.projects import create_project

PRINTED = 5.6e-5
"""The files print four digits, some of them rounded to five before; figures with more digits are held to those."""


def imported(rubric: str, *files: tuple[str, Path]) -> Project:
    """A project under a published rubric with the files imported through their mappings."""
    project = create_project(
        slug=rubric.replace("_", "-"), name=rubric, kind=ProjectKind.CUSTOM, rubric=load_rubric(rubric)
    )
    for mapping, path in files:
        text = load_mapping_text(mapping)
        import_file(project=project, path=path, kind=mapping_kind(text, source=mapping), mapping=text)
    return project


def oracle(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "oracle.json").read_text())
    return read
