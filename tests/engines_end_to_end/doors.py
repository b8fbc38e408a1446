"""Making a judge and starting its run through each door that people have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotations.models import Project, User
from annotations.services.tokens import create_token


def by_page(project: Project, lead: User, name: str, document: Mapping[str, Any], folder: Path) -> None:
    """The form as the page gives it, filled in where the document says something."""
    client = Client()
    client.force_login(lead)
    url = reverse("models_llm:new-judge", args=[project.slug]) + f"?kind={document['kind']}"
    fields = filled(client, url)
    said = {"name": name, "members": document.get("members", [])}
    if "engine" in document:
        own = dict(document["engine_settings"])
        said |= {
            "engine": document["engine"],
            "model": document["model"],
            "servers": own.pop("url", ""),
            "engine_settings": json.dumps(own),
            "sampling_max_tokens": document["sampling"]["max_tokens"],
        }
    made = client.post(url, fields | said)
    assert made.status_code == 302, made.context["form"].errors
    version_id = made.headers["Location"].strip("/").split("/")[-1]
    runs, start = (reverse(f"models_llm:{name}", args=[project.slug]) for name in ("runs", "start-run"))
    started = client.post(start, filled(client, runs) | {"version": version_id})
    assert started.status_code == 302, started.context["form"].errors


def filled(client: Client, url: str) -> dict[str, Any]:
    """What a form would send as the page shows it."""
    values = {field.html_name: field.value() for field in client.get(url).context["form"]}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def by_api(project: Project, lead: User, name: str, document: Mapping[str, Any], folder: Path) -> None:
    _, token = create_token(user=lead, name=name)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    root = f"/api/v1/projects/{project.slug}/"
    made = client.post(f"{root}judges/", {"name": name, **document}, content_type="application/json")
    assert made.status_code == 201, made.content
    started = client.post(f"{root}runs/", {"judge_version_id": made.json()["id"]}, content_type="application/json")
    assert started.status_code == 201, started.content


def by_command(project: Project, lead: User, name: str, document: Mapping[str, Any], folder: Path) -> None:
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(document))  # JSON is YAML
    call_command("create_judge", "--project", project.slug, "--name", name, "--from", str(file))
    call_command("run_judge", "--project", project.slug, "--judge", name)


DOORS = (by_page, by_api, by_command)
