"""Time and memory of a long run: both are to be the same for an item, and flat for a process, however long it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from annotations.choices import Role
from annotations.models import Membership, Project, User
from annotations.services.tokens import create_token
from judge_platform.bench.judging.items import fill, make_project
from judge_platform.bench.judging.judged import served_by, wait_for, worker_programs, workers
from judge_platform.bench.judging.processes import postgres_pid, tree_cpu_s, tree_mb
from judge_platform.bench.measurement import Measurement
from judge_platform.bench.stub import stub_process
from judge_platform.bench.web import HOST, free_port, served
from judge_platform.programs import web_program
from models_llm.choices import Queue
from models_llm.models import Run

LOOK_EVERY_S = 1.0
RATE = "a run on the stub, started over the API"
WEB, WORKER, BROKER = "memory of the web server", "memory of the worker", "messages in the broker, at most"
COMPARED = (RATE, WEB, WORKER)
"""What is to be flat between two sizes."""


def measure(size: int) -> Iterator[Measurement]:
    """A run that is started over the API and looked at there once a second until its end."""
    web = web_program(host=HOST, port=free_port(), workers=1)
    with (
        stub_process() as stub,
        workers(worker_programs()) as by,
        served(web) as (port, server),
    ):
        project = make_project("growth")
        fill(project, size)
        api = _Api(port, project, _key_of_a_lead(project))
        pids = [*by.pids, stub.process.pid, server.pid, *filter(None, [postgres_pid()])]
        before = sum(map(tree_cpu_s, pids))
        version = served_by(project, stub.url)
        run = Run.objects.get(pk=api.ask("POST", "api-runs", {"judge_version_id": version.pk})["id"])
        watch = _Watch(api, run)
        watch.start()
        ended = wait_for(run, by)
        watch.stop()
        seconds = (ended - run.created_at).total_seconds()
        cpu_s = sum(map(tree_cpu_s, pids)) - before
        web_mb, worker_mb = tree_mb(server.pid, peak=True), sum(tree_mb(pid, peak=True) for pid in by.pids)
    yield Measurement(name=RATE, size=size, rate=size / seconds, unit="verdicts", cpu_ms=cpu_s / size * 1000)
    yield Measurement(name=WEB, size=size, peak_mb=web_mb)
    yield Measurement(name=WORKER, size=size, peak_mb=worker_mb)
    if watch.most_messages is not None:
        yield Measurement(
            name=BROKER,
            size=size,
            target=f"at most {settings.SHARDS_AHEAD} that name shards",
            met=watch.most_messages <= settings.SHARDS_AHEAD,
            note=f"{watch.most_messages}",
        )


@dataclass(frozen=True)
class _Api:
    port: int
    project: Project
    key: str

    def ask(self, method: str, name: str, content: dict[str, Any] | None = None, **arguments: int) -> Any:
        """What the address of that name answers. Raises: RuntimeError, for a refusal."""
        path = reverse(f"models_llm:{name}", kwargs={"slug": self.project.slug, **arguments})
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection = HTTPConnection(HOST, self.port, timeout=600)
        try:
            connection.request(method, path, json.dumps(content), headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {body[:300]!r}")
        return json.loads(body)


class _Watch(threading.Thread):
    """Looks at the run over the API, and into the broker's folder, until told to stop.

    Attributes:
        most_messages: that named shards, of one look; None where the broker is no folder.
    """

    def __init__(self, api: _Api, run: Run) -> None:
        super().__init__(daemon=True)
        self._api, self._run = api, run
        self._stopped = threading.Event()
        folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_in")
        self._folder = Path(folder) if folder else None
        self.most_messages: int | None = 0 if folder else None

    def run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            self._api.ask("GET", "api-run", run_id=self._run.pk)
            if self._folder is not None and self.most_messages is not None:
                self.most_messages = max(self.most_messages, len(list(self._folder.glob(f"*.{Queue.JUDGE}.msg"))))

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _key_of_a_lead(project: Project) -> str:
    user = User.objects.create_user(username="bench-lead", display_name="Bench lead (simulated)", is_simulated=True)
    Membership.objects.create(project=project, user=user, role=Role.LEAD)
    _, key = create_token(user=user, name="bench")
    return key
