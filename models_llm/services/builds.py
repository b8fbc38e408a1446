"""Data sets built by a worker: asked for, built under a lease, and seen to again when a worker dies."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from annotations.choices import WorkState
from annotations.models import Project, User
from annotations.sentences import said_by
from annotations.services.leased_work import finish, request
from models_llm.datasets import MANIFEST_NAME, Manifest, Query, read_manifest
from models_llm.errors import DatasetError
from models_llm.models import Dataset
from models_llm.selectors.datasets import find_source
from models_llm.selectors.exports import folder_of
from models_llm.services.datasets import building_prefix, export_dataset
from models_llm.services.leased_work import make


def request_dataset(*, project: Project, query: Query, user: User | None) -> Dataset:
    """Store that a data set is wanted and let a worker build it.

    Raises: DatasetError, if the query cannot be answered; nothing is stored.
    """
    find_source(project, query)
    return request(
        Dataset,
        project=project,
        shape=query.shape,
        format=query.format,
        params=query.as_dict(),
        directory=f"{project.slug}/{uuid.uuid4().hex[:12]}",
        user=user,
    )


def build_dataset(*, dataset_id: int) -> bool:
    """Build a data set that is free to take; otherwise do nothing.

    A folder appears whole or not at all, so one that is there was finished by a worker that died before it could say
    so, and is taken as it is.

    Returns: whether it was built, or failed, here.
    """
    return make(Dataset, dataset_id, _build)


def _build(dataset: Dataset) -> bool:
    folder = folder_of(dataset)
    try:
        manifest = read_manifest(folder) if (folder / MANIFEST_NAME).exists() else _export(dataset, folder)
    except OSError as err:
        raise DatasetError(said_by(err)) from err
    counts = manifest["counts"]
    dataset.n_read = dataset.n_items = counts["items"]
    return finish(dataset, state=WorkState.READY, manifest=manifest, digest=manifest["digest"], n_rows=counts["rows"])


def _export(dataset: Dataset, folder: Path) -> Manifest:
    for left_behind in folder.parent.glob(building_prefix(folder) + "*"):
        shutil.rmtree(left_behind)  # of a worker that was killed: the lease is ours

    def note(n_read: int, n_items: int) -> None:
        dataset.n_read, dataset.n_items = n_read, n_items

    return export_dataset(
        project=dataset.project, query=Query.from_dict(dataset.params), folder=folder, on_progress=note
    )
