"""Make a judge of any kind that is configured."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from models_llm.engines import ENGINES
from models_llm.errors import ModelsLLMError
from models_llm.judging import KINDS
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.services.judge_documents import create_judge_from


class Command(BaseCommand):
    help = (
        "Freeze a judge as the next version of its name: a served model unless --engine or --from says otherwise. "
        "The key of the server, if it needs one, is JUDGE_API_KEY."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--name", required=True, help="the judge; another version of it if there is one")
        parser.add_argument("--kind", choices=[kind.value for kind in KINDS], help="pointwise unless given")
        parser.add_argument("--engine", choices=sorted(ENGINES), help="openai_http unless given")
        parser.add_argument("--url", action="append", help="a server; repeat it for more; JUDGE_URL unless given")
        parser.add_argument("--model", help="JUDGE_MODEL unless given")
        parser.add_argument("--member", action="append", metavar="VERSION", help="of a jury, such as “small v1”")
        parser.add_argument("--examples", type=int, metavar="N", help="shown from what people decided")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="of the description, such as sampling.temperature=0.2 or protocol.rationales=true",
        )
        parser.add_argument(
            "--from", dest="file", type=Path, metavar="FILE", help="description in YAML or JSON; the others add to it"
        )

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            version = create_judge_from(project=project, name=options["name"], document=_document(options))
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        prompt = f", prompt {version.prompt_digest[:12]}" if version.prompt_digest else ""
        model = f": {version.engine} {version.model}".rstrip() if version.engine else ""
        self.stdout.write(f"{version.rater} ({version.judge.kind}){model}{prompt}")


def _document(options: dict[str, Any]) -> dict[str, Any]:
    """The file's description with what the arguments say put into it."""
    document = _read(options["file"]) if options["file"] else {}
    if options["kind"] or "kind" not in document:
        document["kind"] = options["kind"] or "pointwise"
    if options["member"]:
        document["members"] = options["member"]
    if options["examples"] is not None:
        document["examples"] = {"n": options["examples"]}
    for pair in options["set"]:
        _put(document, pair)
    if not document.get("members"):
        _add_engine(document, options)
    return document


def _add_engine(document: dict[str, Any], options: dict[str, Any]) -> None:
    document["engine"] = options["engine"] or document.get("engine") or "openai_http"
    document["model"] = options["model"] or document.get("model") or ""
    if document["engine"] != "openai_http":
        return
    document["model"] = document["model"] or settings.JUDGE_MODEL
    own = document.setdefault("engine_settings", {})
    urls = options["url"] or []
    if len(urls) > 1:
        own["urls"] = urls
    elif urls:
        own["url"] = urls[0]
    elif not ({"url", "urls"} & set(own)) and settings.JUDGE_URL:
        own["url"] = settings.JUDGE_URL
    if not ({"url", "urls"} & set(own)) or not document["model"]:
        raise CommandError("expected --url and --model, or JUDGE_URL and JUDGE_MODEL in the environment")


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise CommandError(f"cannot read {path}: {err}") from err
    if not isinstance(document, dict):
        raise CommandError(f"{path}: expected a judge's description by key, got {type(document).__name__}")
    return document


def _put(document: dict[str, Any], pair: str) -> None:
    """Set `part.name=value`, the value read as YAML."""
    path, equals, value = pair.partition("=")
    *parts, name = path.split(".")
    if not equals or not name:
        raise CommandError(f"expected --set KEY=VALUE, got “{pair}”")
    place = document
    for part in parts:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise CommandError(f"--set {path}: “{part}” is a value already")
    try:
        place[name] = yaml.safe_load(value)
    except yaml.YAMLError as err:
        raise CommandError(f"--set {path}: expected a value, got “{value}”") from err
