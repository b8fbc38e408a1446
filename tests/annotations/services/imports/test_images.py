"""Images that come with items."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotations.images import take_images
from annotations.models import Item
from annotations.services.imports import import_file
from tests.annotations.services.imports.files import item_row, tag_project, write_jsonl
from tests.annotations.test_images import RED, opened, uri

pytestmark = pytest.mark.django_db


def test_a_data_uri_goes_in_clean_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    project = tag_project()
    path = write_jsonl(tmp_path / "a.jsonl", [item_row(1, context={"photo": uri(RED)})])
    batch = import_file(project=project, path=path)
    assert (batch.n_items, batch.n_refused) == (1, 0)
    [image] = take_images(Item.objects.get().context, []).images
    assert (opened(image).size, opened(image).convert("RGB").getpixel((3, 3))) == ((20, 10), (255, 0, 0))
    again = import_file(project=project, path=path)
    assert (again.n_items, again.n_unchanged, again.n_refused) == (0, 1, 0)


def test_a_row_with_a_broken_image_is_refused_and_the_others_go_in(tmp_path: Path) -> None:
    rows = [item_row(1, context={"photo": uri(b"no image")}), item_row(2)]
    batch = import_file(project=tag_project(), path=write_jsonl(tmp_path / "a.jsonl", rows))
    assert list(Item.objects.values_list("external_id", flat=True)) == ["item-2"]
    assert list(batch.refusals.values_list("row_number", "code")) == [(1, "image_invalid")]


def test_files_named_by_items_are_read_from_the_folder_and_from_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "shoes").mkdir(parents=True)
    (folder / "shoes" / "red.png").write_bytes(RED)
    (tmp_path / "outside.png").write_bytes(RED)
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    names = ["shoes/red.png", "../outside.png", "missing.png", "link.png", str(tmp_path / "outside.png")]
    rows = [item_row(n, candidate={"text": "shoe", "photo": {"image": name}}) for n, name in enumerate(names)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    project = tag_project()
    call_command("import_batch", project=project.slug, file=path, images=folder)
    item = Item.objects.get()
    assert item.external_id == "item-0"
    photo = item.candidates[0]["photo"]["image"]
    assert opened(photo).size == (20, 10)
    assert set(item.batch.refusals.values_list("row_number", "code")) == {(n, "image_invalid") for n in (2, 3, 4, 5)}


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    project = tag_project()
    path = write_jsonl(tmp_path / "a.jsonl", [item_row(1)])
    with pytest.raises(CommandError, match="expected a folder of images"):
        call_command("import_batch", project=project.slug, file=path, images=tmp_path / "none")
    assert not Item.objects.exists()


def test_a_name_without_a_folder_stays_a_word(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [item_row(1, context={"photo": {"image": "red.png"}})])
    import_file(project=tag_project(), path=path)
    assert Item.objects.get().context == {"photo": {"image": "red.png"}}
