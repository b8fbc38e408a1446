"""Memory while a data set is exported."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest

from annotations.choices import Visible
from annotations.models import Item
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.choices import Shape
from models_llm.datasets import Query
from models_llm.services.datasets import export_dataset
from tests.factories import make_batch, make_project, make_rater, rubric_spec

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("shape", [Shape.JUDGED, Shape.SFT, Shape.DPO])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (
        "selectors.dataset_blocks.BLOCK_ITEMS",
        "datasets.shapes.ROWS_PER_GROUP",
        "datasets.verification._ROWS_AT_ONCE",
    ):
        monkeypatch.setattr(f"models_llm.{size}", 50)
    _peak_bytes(shape, 2, tmp_path / "warm")  # libraries that are imported on first use count for nobody
    peaks = [_peak_bytes(shape, n_items, tmp_path / str(n_items)) for n_items in (400, 1600)]

    # A data set held whole would need four times as much.
    assert peaks[1] < 1.5 * peaks[0]


def _peak_bytes(shape: Shape, n_items: int, folder: Path) -> int:
    """Highest memory in use, of Python's and of Arrow's allocator, while a data set of pairs is exported."""
    project = make_project(spec=rubric_spec(1))
    Item.objects.bulk_create(
        Item(
            project=project,
            batch=batch,
            external_id=f"i-{number}",
            group=f"g{number // 2}",
            context={"text": f"{number // 2} " * 400},
            candidates=[{"text": f"{number} " * 200}],
            content_digest=b"",
        )
        for batch in [make_batch(project)]
        for number in range(n_items)
    )
    ids = project.items.order_by("pk").values_list("pk", flat=True)
    record_judgements(
        rater=make_rater(project),
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=pk, levels=(number % 2,)) for number, pk in enumerate(ids)],
        visible=Visible.BLIND,
    )
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        manifest = export_dataset(project=project, query=Query(shape), folder=folder)
        python_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(before)
    assert manifest["counts"]["used"] == n_items / (2 if shape == Shape.SFT else 1)
    return python_peak + int(pool.max_memory() or 0)
