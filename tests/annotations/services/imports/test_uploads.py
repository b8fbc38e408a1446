from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from annotations.choices import BatchKind, BatchState, Role
from annotations.errors import ImportRefusedError, MappingError
from annotations.models import Batch, Project
from annotations.services.imports import import_stored, open_batch, receive_upload, sweep_imports
from tests.annotations.services.imports.files import item_row, tag_project
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def project() -> Project:
    return tag_project()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was handed to the broker."""
    found: list[tuple[str, int]] = []

    def send(task: str, args: list[int], queue: None, expires: int) -> None:
        found.append((task, args[0]))

    monkeypatch.setattr("celery.current_app.send_task", send, raising=False)
    return found


def upload(project: Project, data: bytes, name: str = "a.jsonl") -> Batch:
    lead = make_member(project, Role.LEAD)
    blocks: Iterator[bytes] = (data[start : start + 7] for start in range(0, len(data), 7))
    return receive_upload(project=project, name=name, blocks=blocks, kind=BatchKind.ITEMS, created_by=lead)


def kept(media: Path) -> list[Path]:
    return list((media / "imports").glob("*"))


def test_an_upload_is_kept_imported_by_a_worker_and_then_dropped(
    project: Project,
    media: Path,
    sent: list[tuple[str, int]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    data = orjson.dumps(item_row(1)) + b"\nno\n"
    with django_capture_on_commit_callbacks(execute=True):
        batch = upload(project, data)
    assert batch.state == BatchState.WAITING
    assert sent == [("annotations.import_batch", batch.pk)]
    assert [path.read_bytes() for path in kept(media)] == [data]

    import_stored(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.n_items, batch.n_refused) == (BatchState.COMPLETE, 1, 1)
    assert kept(media) == []


def test_a_doubled_message_changes_nothing(project: Project, media: Path) -> None:
    batch = upload(project, orjson.dumps(item_row(1)))
    import_stored(batch_id=batch.pk)
    before = Batch.objects.values().get(pk=batch.pk)
    import_stored(batch_id=batch.pk)
    assert Batch.objects.values().get(pk=batch.pk) == before


def test_a_file_that_another_worker_reads_is_left_alone(project: Project, media: Path) -> None:
    batch = upload(project, orjson.dumps(item_row(1)))
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.RUNNING, lease_expires_at=timezone.now() + timedelta(seconds=60)
    )
    import_stored(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.n_read) == (BatchState.RUNNING, 0)
    assert len(kept(media)) == 1


def test_what_is_refused_at_the_door_is_not_kept(project: Project, media: Path, settings: Settings) -> None:
    lead = make_member(project, Role.LEAD)
    settings.IMPORT_MAX_BYTES = 10
    with pytest.raises(ImportRefusedError, match="at most 10 bytes"):
        upload(project, b"x" * 11)
    with pytest.raises(ImportRefusedError, match=r"\.exe"):
        upload(project, b"", name="a.exe")
    with pytest.raises(MappingError, match=r"^m\.yaml, line 1"):
        receive_upload(
            project=project,
            name="a.jsonl",
            blocks=[],
            kind=BatchKind.ITEMS,
            mapping="kind: items",
            mapping_name="m.yaml",
            created_by=lead,
        )
    assert kept(media) == []
    assert not Batch.objects.exists()


def test_a_sweep_sends_again_what_was_left_behind(
    project: Project,
    media: Path,
    sent: list[tuple[str, int]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """The worker died, the message was lost, the message is young, the worker is at work."""
    dead, lost, young, busy = (upload(project, orjson.dumps(item_row(n))) for n in range(4))
    now = timezone.now()
    states = Batch.objects.filter
    states(pk=dead.pk).update(state=BatchState.RUNNING, lease_expires_at=now - timedelta(seconds=1))
    states(pk=lost.pk).update(created_at=now - timedelta(seconds=30))
    states(pk=busy.pk).update(state=BatchState.RUNNING, lease_expires_at=now + timedelta(seconds=30))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_imports()

    assert sent == [("annotations.import_batch", dead.pk), ("annotations.import_batch", lost.pk)]
    import_stored(batch_id=dead.pk)
    dead.refresh_from_db()
    assert (dead.state, dead.n_items) == (BatchState.COMPLETE, 1)
    young.refresh_from_db()
    assert young.state == BatchState.WAITING


def test_a_sweep_closes_imports_whose_file_went_with_their_process(project: Project) -> None:
    batch = open_batch(project=project, kind=BatchKind.ITEMS, source_name="a.jsonl")
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.RUNNING, lease_expires_at=timezone.now() - timedelta(seconds=1)
    )
    sweep_imports()
    batch.refresh_from_db()
    assert batch.state == BatchState.FAILED
    assert "import the file again" in batch.error


def test_a_sweep_drops_the_file_that_a_crash_left_of_a_closed_import(project: Project, media: Path) -> None:
    batch = upload(project, orjson.dumps(item_row(1)))
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.COMPLETE)
    waiting = upload(project, b"")
    sweep_imports()
    assert [path.name for path in kept(media)] == [Path(waiting.stored_path).name]


def test_an_upload_whose_file_is_gone_says_so(project: Project, media: Path) -> None:
    batch = upload(project, b"")
    kept(media)[0].unlink()
    import_stored(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.FAILED
    assert "upload it again" in batch.error
