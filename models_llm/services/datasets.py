"""Exports: building a data set from one snapshot of a project, and proving that one can be built again."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from annotations.models import Gold, Project, Rater
from annotations.sentences import sentence as _
from models_llm import __version__
from models_llm.datasets import (
    MANIFEST_FORMAT,
    MANIFEST_NAME,
    Block,
    Fault,
    Manifest,
    Query,
    Tally,
    consume_beside,
    describe_file,
    describe_schema,
    dump_manifest,
    prompt_digest,
    read_ids,
    read_manifest,
    render_card,
    seal_manifest,
    verify_files,
    write_tables,
)
from models_llm.errors import DatasetError
from models_llm.selectors.calibrations import calibrator_of
from models_llm.selectors.dataset_blocks import Reading, read_blocks
from models_llm.selectors.datasets import Horizon, Source, count_items, find_source
from models_llm.selectors.snapshot import snapshot

OnProgress = Callable[[int, int], None]
"""Called with the items read so far and the items there are."""


def export_dataset(*, project: Project, query: Query, folder: Path, on_progress: OnProgress | None = None) -> Manifest:
    """Build a data set in `folder`, whole or not at all.

    Everything is read from one snapshot; the same state of the project gives the same bytes.

    Args:
        folder: a place that is free or an empty folder.
    Returns: the manifest.
    Raises: DatasetError, if the folder holds something, or the query cannot be answered.
    """
    return _export(project, query, folder, on_progress=on_progress)


def _export(
    project: Project,
    query: Query,
    folder: Path,
    *,
    on_progress: OnProgress | None = None,
    horizon: Horizon | None = None,
) -> Manifest:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(
            _("expected a new or empty folder to export into, %(folder)s holds something", folder=folder)
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=building_prefix(folder), dir=folder.parent))
    try:
        with snapshot():
            manifest = _build(find_source(project, query, horizon), building, on_progress)
        building.chmod(0o755)
        building.replace(folder)
    except BaseException:
        shutil.rmtree(building)
        raise
    return manifest


def building_prefix(folder: Path) -> str:
    """How the folder is called, beside its own place, in which a data set is built before it moves there."""
    return f".{folder.name}.building-"


@dataclass(frozen=True)
class Preview:
    """What an export would hold. `n_read` items of `n_items` were looked at."""

    tally: Tally
    reading: Reading
    n_read: int
    n_items: int


def preview_dataset(*, project: Project, query: Query, at_most: int) -> Preview:
    """Count what an export would take and leave out, over its first `at_most` items, without writing it.

    Raises: DatasetError, as `export_dataset`.
    """
    with snapshot():
        source = find_source(project, query)
        reading, tally = Reading(), Tally()
        for _ in source.shape.tables(read_blocks(source, reading, at_most=at_most), source.plan, tally):
            pass
        return Preview(tally=tally, reading=reading, n_read=tally.n_items, n_items=count_items(source))


def verify_dataset(*, folder: Path) -> list[Fault]:
    """What of a data set on disk is not as its manifest says; nothing where all is.

    Raises: DatasetError, if it has no manifest or a changed one.
    """
    return verify_files(folder, read_manifest(folder))


def rebuild_dataset(*, folder: Path, project: Project) -> list[Fault]:
    """Build a data set again from its manifest and compare the bytes.

    What was judged, queued or made gold since is left aside: the manifest says how far the tables went.

    Returns: files that differ; nothing where the project gives the same data set.
    Raises: DatasetError, as `read_manifest` and `export_dataset`.
    """
    manifest = read_manifest(folder)
    if manifest["project"]["slug"] != project.slug:
        raise DatasetError(
            _(
                "expected a data set of project %(project)s, this is of %(other)s",
                project=project.slug,
                other=manifest["project"]["slug"],
            )
        )
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch) / "again"
        rebuilt = _export(project, Query.from_dict(manifest["query"]), again, horizon=manifest["horizon"])
        before = {file["path"]: file["sha256"] for file in manifest["files"]}
        after = {file["path"]: file["sha256"] for file in rebuilt["files"]}
        differing = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        if not differing and rebuilt["digest"] != manifest["digest"]:
            differing = [MANIFEST_NAME]
    return [Fault(path, "the project gives other bytes") for path in differing]


def _build(source: Source, folder: Path, on_progress: OnProgress | None) -> Manifest:
    schema = source.shape.schema(source.plan)
    reading, tally, ids = Reading(), Tally(), _IdDigest()
    blocks = ids.watch(read_blocks(source, reading))
    if on_progress is not None:
        blocks = _report(blocks, count_items(source), on_progress)
    files = consume_beside(
        blocks,
        lambda read: write_tables(folder, source.query.format, source.shape.tables(read, source.plan, tally), schema),
    )
    content = {
        **_describe_source(source, reading),
        "counts": _describe_counts(tally, reading),
        "item_ids_sha256": ids.hexdigest(),
        "schema": describe_schema(schema),
    }
    card = folder / "README.md"
    card.write_text(render_card(content, schema), encoding="utf-8")
    content["files"] = [asdict(file) for file in (describe_file(folder, card), *files)]
    if source.shape.is_training:
        content["proof"] = _prove_no_gold(source, folder, content)
    manifest = seal_manifest(content)
    (folder / MANIFEST_NAME).write_bytes(dump_manifest(manifest))
    return manifest


class _IdDigest:
    """Digest of the external ids of all items that pass by, in their order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def watch(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._digest.update("".join(f"{external_id}\n" for external_id in block.external_ids).encode())
            yield block

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _report(blocks: Iterable[Block], n_items: int, on_progress: OnProgress) -> Iterator[Block]:
    n_read = 0
    for block in blocks:
        n_read += block.n_items
        on_progress(n_read, n_items)
        yield block


def _describe_source(source: Source, reading: Reading) -> Manifest:
    project = source.project
    raters = [rater for rater in source.people.values() if reading.judgements[rater.pk]]
    judges = zip(source.plan.judges, source.judges, strict=True)
    description: Manifest = {
        "format": MANIFEST_FORMAT,
        "package": {"name": "judge-platform", "version": __version__},
        "pyarrow": version("pyarrow"),
        "project": {"slug": project.slug, "name": project.name, "kind": project.kind},
        "query": source.query.as_dict(),
        "rubric": {"name": source.rubric.name, "version": source.rubric.version, "digest": source.rubric.digest},
        "judges": [
            {
                **_describe_judge(rater),
                **_describe_calibration(source, position),
                "name": name.name,
                "judgements": reading.judgements[rater.pk],
            }
            for position, (name, rater) in enumerate(judges)
            if reading.judgements[rater.pk]
        ],
        "raters": [
            {
                "name": rater.name,
                "kind": rater.kind,
                "is_simulated": rater.is_simulated,
                "judgements": reading.judgements[rater.pk],
            }
            for rater in sorted(raters, key=lambda rater: (rater.name.encode(), rater.kind))
        ],
        "horizon": reading.horizon,
        "aggregation": "majority",
        "max_per_prompt": source.plan.max_per_prompt,
    }
    description["simulated"] = {
        "project": project.is_simulated,
        "raters": [rater["name"] for rater in description["raters"] if rater["is_simulated"]],
    }
    if source.shape.is_training:
        description["prompt"] = {"kind": project.kind, "sha256": prompt_digest(source.plan.kind)}
    return description


def _describe_judge(rater: Rater) -> dict[str, Any]:
    """What made a judge's verdicts; of its configuration only what says nothing about addresses or keys."""
    made = getattr(rater, "judge_version", None)
    if made is None:  # verdicts that an import brought
        return {"version": None, "kind": None, "engine": "", "model": "", "revision": ""}
    return {
        "version": made.number,
        "kind": made.judge.kind,
        "engine": made.engine,
        "model": made.model,
        "revision": made.revision,
        "prompt_sha256": made.prompt_digest,
        "artifact_sha256": made.artifact_digest,
        "config_sha256": hashlib.sha256(dump_manifest(made.config)).hexdigest(),
        "sampling": made.config.get("sampling"),
    }


def _describe_calibration(source: Source, position: int) -> Manifest:
    """Which calibration a judge's probabilities are calibrated by, and what it does to each criterion."""
    if not source.query.is_calibrated:
        return {}
    calibration = source.calibrations.get(position)
    if calibration is None:
        return {"calibration": None}
    criteria = calibrator_of(calibration).criteria
    return {
        "calibration": {
            "id": calibration.pk,
            "sha256": hashlib.sha256(dump_manifest(calibration.document or {})).hexdigest(),
            "examples_sha256": calibration.examples_digest,
            "criteria": [
                {
                    "key": one.key,
                    "event": one.event.value,
                    "method": one.chosen.method,
                    "n": one.n,
                    "unchanged": one.unchanged,
                }
                for one in criteria
            ],
        }
    }


def _describe_counts(tally: Tally, reading: Reading) -> dict[str, Any]:
    return {
        "items": tally.n_items,
        "used": tally.n_used,
        "rows": tally.n_rows,
        "by_source": dict(tally.by_source),
        "left_out": dict(+tally.left_out),
        "judgements_left_out": dict(+reading.left_out),
        "pairs_left_out": dict(+tally.pairs),
        "measures": dict(tally.measures),
    }


def _prove_no_gold(source: Source, folder: Path, manifest: Manifest) -> dict[str, int]:
    """Read the ids back from the written files and look each up: the proof that no gold trains anything.

    Raises: DatasetError, naming a gold item that got in.
    """
    n_checked = 0
    for ids in read_ids(folder, manifest):
        n_checked += len(ids)
        gold = Gold.objects.filter(item__project=source.project, pk__lte=source.limits["gold"])
        found = gold.filter(item__external_id__in=ids).first()
        if found is not None:
            raise DatasetError(
                _("expected no gold item in a training shape, found %(item)s", item=found.item.external_id)
            )
    return {"ids_checked": n_checked, "gold_found": 0}
