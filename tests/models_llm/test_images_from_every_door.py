"""Images of an item, from the door they came in by to the server of the model that is shown them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from annotations.choices import Outcome, Role
from annotations.models import Batch, Judgement, Project
from annotations.services.imports import import_stored
from annotations.services.tokens import create_token
from models_llm.engines import close_engines
from models_llm.selectors.verdicts import verdict_detail
from models_llm.services.judges import create_served_judge
from models_llm.services.runs import start_run
from tests.annotations.test_images import encoded, opened, uri
from tests.factories import make_member, make_project
from tests.models_llm.engines.served import chat, served
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.served_judge import REPLY
from tests.models_llm.services.judged_projects import work_off
from tests.models_llm.views.test_pages import signed_in

pytestmark = pytest.mark.django_db


def photograph() -> bytes:
    """Twice as wide as a judge is shown, and with something in it that no pixel says."""
    exif = Image.Exif()
    exif[0x010E] = "taken at home"  # ImageDescription
    return encoded(Image.new("RGB", (2048, 1024), (250, 10, 10)), "JPEG", exif=exif)


def row(photo: Any) -> str:
    return json.dumps({"id": "shoe", "context": {"query": "boots", "photo": photo}, "candidate": {"tag": "red shoe"}})


def by_page(project: Project, folder: Path) -> None:
    file = SimpleUploadedFile("items.jsonl", row(uri(photograph(), "jpeg")).encode())
    sent = {"file": file, "reading": "own:items"}
    assert signed_in(project).post(f"/p/{project.slug}/imports/", sent).status_code == 302
    import_stored(batch_id=Batch.objects.get().pk)


def by_api(project: Project, folder: Path) -> None:
    _, token = create_token(user=make_member(project, Role.LEAD), name="test")
    answer = Client(headers={"Authorization": f"Bearer {token}"}).post(
        f"/api/v1/projects/{project.slug}/items/",
        gzip.compress(row(uri(photograph(), "jpeg")).encode()),
        content_type="application/gzip",
    )
    assert answer.status_code == 200, answer.content


def by_command(project: Project, folder: Path) -> None:
    (folder / "shoe.jpg").write_bytes(photograph())
    (folder / "items.jsonl").write_text(row({"image": "shoe.jpg"}))
    call_command("import_batch", project=project.slug, file=folder / "items.jsonl", images=folder)


@pytest.fixture(autouse=True)
def engines_closed_afterwards() -> Iterator[None]:
    yield
    close_engines()


@pytest.mark.parametrize("bring", [by_page, by_api, by_command])
def test_a_model_is_shown_the_image_small_and_bare_with_a_mark_in_the_text(
    bring: Callable[[Project, Path], None], tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    project = make_project(spec=tag_rubric())
    bring(project, tmp_path)
    with served(chat(REPLY)) as server:
        version = create_served_judge(project=project, name="eyes", url=server.url, model="seeing")
        work_off(start_run(version=version))
        [asked] = server.asked
    judgement = Judgement.objects.get()
    assert judgement.outcome == Outcome.RATED
    image, text = asked["messages"][-1]["content"]
    shown = opened(image["image_url"]["url"])
    assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (1024, 512), {})
    assert "[image 1]" in text["text"]
    assert "base64" not in text["text"]
    detail = verdict_detail(project, judgement.pk)
    assert detail is not None
    assert detail.calls[0].messages[-1].images == (image["image_url"]["url"],)
    assert image["image_url"]["url"] in signed_in(project).get(f"/p/{project.slug}/verdicts/{judgement.pk}/").text
