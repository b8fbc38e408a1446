"""Data sets that were asked for, and the files of those that are ready."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from annotations.models import Project
from models_llm.datasets import MANIFEST_NAME, stream_zip
from models_llm.models import Dataset


def project_datasets(project: Project) -> QuerySet[Dataset]:
    """Data sets of a project, newest first, without their manifests."""
    return project.datasets.select_related("project", "created_by").defer("manifest").order_by("-pk")


def folder_of(dataset: Dataset) -> Path:
    """Where a data set's files are, or will be."""
    return Path(settings.EXPORT_ROOT) / dataset.directory


def paths_of(dataset: Dataset) -> list[str]:
    """Files of a data set, in its folder; none before it is ready."""
    if dataset.manifest is None:
        return []
    return [MANIFEST_NAME, *(file["path"] for file in dataset.manifest["files"])]


def archive_name(dataset: Dataset) -> str:
    return f"{dataset.project.slug}-{dataset.shape}-{dataset.pk}"


def stream_archive(dataset: Dataset) -> Iterator[bytes]:
    """A ready data set as a zip file, made while it is read."""
    return stream_zip(folder_of(dataset), paths_of(dataset), root=archive_name(dataset))
