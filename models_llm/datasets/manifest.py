"""The manifest: what a data set is made of, by whom and how, and the digest of each of its files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from annotations.sentences import sentence as _
from models_llm.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST_FORMAT: Final = 1
MANIFEST_NAME: Final = "manifest.json"
Manifest = dict[str, Any]


def seal_manifest(content: Manifest) -> Manifest:
    """The content with its own digest in it, so that no part of it can change unseen."""
    return {**content, "digest": _digest(content)}


def dump_manifest(manifest: Manifest) -> bytes:
    """The one way a manifest is written: equal manifests are equal bytes."""
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a data set.

    Raises: DatasetError, if there is none, it is of another format version, or it was changed after it was written.
    """
    path = folder / MANIFEST_NAME
    try:
        written = path.read_bytes()
    except OSError as err:
        raise DatasetError(
            _(
                "expected a data set with a %(name)s in %(folder)s, found none",
                name=MANIFEST_NAME,
                folder=folder,
            )
        ) from err
    try:
        manifest = orjson.loads(written)
    except orjson.JSONDecodeError as err:
        raise DatasetError(_("%(path)s: expected JSON: %(fault)s", path=path, fault=err)) from err
    if not isinstance(manifest, dict) or manifest.get("format") != MANIFEST_FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise DatasetError(
            _(
                "%(path)s: expected a manifest of format %(format)s, got %(came)s",
                path=path,
                format=MANIFEST_FORMAT,
                came=found,
            )
        )
    content = {key: value for key, value in manifest.items() if key != "digest"}
    if manifest.get("digest") != _digest(content) or dump_manifest(manifest) != written:
        raise DatasetError(_("%(path)s: the manifest is not as it was written; its digest does not match", path=path))
    return manifest


def describe_schema(schema: pa.Schema) -> list[dict[str, Any]]:
    """Columns as the manifest lists them."""
    return [{"name": field.name, "type": str(field.type), "nullable": field.nullable} for field in schema]


def _digest(content: Manifest) -> str:
    return hashlib.sha256(dump_manifest(content)).hexdigest()
