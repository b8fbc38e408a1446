"""Data sets built by a worker: asked for, built under a lease, and seen to again when a worker dies."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from annotations.models import Project, User
from models_llm.choices import WorkState
from models_llm.datasets import MANIFEST_NAME, Manifest, Query, read_manifest
from models_llm.errors import DatasetError
from models_llm.handoff import build_dataset_soon
from models_llm.models import Dataset
from models_llm.selectors.datasets import find_source
from models_llm.selectors.exports import folder_of
from models_llm.services.datasets import building_prefix, export_dataset
from models_llm.services.leases import finish, heartbeat, lease_end, renew, sweep, take

SECONDS_BETWEEN_BEATS: Final = 1.0

log = structlog.get_logger(__name__)


def request_dataset(*, project: Project, query: Query, user: User | None) -> Dataset:
    """Store that a data set is wanted and let a worker build it.

    Raises: DatasetError, if the query cannot be answered; nothing is stored.
    """
    find_source(project, query)
    dataset = Dataset.objects.create(
        project=project,
        shape=query.shape,
        format=query.format,
        params=query.as_dict(),
        directory=f"{project.slug}/{uuid.uuid4().hex[:12]}",
        lease_expires_at=lease_end(),
        created_by=user,
    )
    build_dataset_soon(dataset.pk)
    return dataset


def build_dataset(*, dataset_id: int) -> bool:
    """Build a data set that is free to take; otherwise do nothing.

    A folder appears whole or not at all, so one that is there was finished by a worker that died before it could say
    so, and is taken as it is.

    Returns: whether it was built, or failed, here.
    """
    dataset = take(Dataset, dataset_id, n_read=0)
    if dataset is None:
        return False
    folder = folder_of(dataset)
    with structlog.contextvars.bound_contextvars(dataset_id=dataset.pk):
        try:
            manifest = read_manifest(folder) if (folder / MANIFEST_NAME).exists() else _export(dataset, folder)
        except (DatasetError, OSError) as err:
            log.warning("data set failed", error=str(err))
            return finish(dataset, state=WorkState.FAILED, error=str(err))
        log.info("data set built", n_rows=manifest["counts"]["rows"])
        return finish(
            dataset,
            state=WorkState.READY,
            manifest=manifest,
            digest=manifest["digest"],
            n_rows=manifest["counts"]["rows"],
            n_read=manifest["counts"]["items"],
            n_items=manifest["counts"]["items"],
        )


def sweep_datasets() -> int:
    """Send again what nobody has seen to within its lease.

    Returns: how many messages are sent.
    """
    return sweep(Dataset, build_dataset_soon)


def _export(dataset: Dataset, folder: Path) -> Manifest:
    for left_behind in folder.parent.glob(building_prefix(folder) + "*"):
        shutil.rmtree(left_behind)  # of a worker that was killed: the lease is ours
    with _heartbeat(dataset) as progress:
        return export_dataset(
            project=dataset.project,
            query=Query.from_dict(dataset.params),
            folder=folder,
            on_progress=progress.report,
        )


class _Progress:
    n_read = 0
    n_items = 0

    def report(self, n_read: int, n_items: int) -> None:
        self.n_read, self.n_items = n_read, n_items


@contextmanager
def _heartbeat(dataset: Dataset) -> Iterator[_Progress]:
    """Renew the lease and store the progress from a thread.

    The export itself cannot: what it wrote into its snapshot, nobody could see before the end.
    """
    progress = _Progress()

    def beat() -> None:
        renew(dataset, n_read=progress.n_read, n_items=progress.n_items)

    with heartbeat(beat, every_s=SECONDS_BETWEEN_BEATS):
        yield progress
