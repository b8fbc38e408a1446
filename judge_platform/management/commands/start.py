"""`python manage.py start`: web, worker and beat in one go, until Ctrl-C."""

from __future__ import annotations

import os
import socket
from argparse import ArgumentParser
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from judge_platform.programs import Program, beat_program, web_program, worker_programs
from judge_platform.supervisor import Supervisor


class Command(BaseCommand):
    help = "Apply migrations and start web, worker and beat; Ctrl-C stops what was started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--web-workers", type=int, default=settings.WEB_WORKERS)
        parser.add_argument("--worker-processes", type=int, default=settings.WORKER_PROCESSES)
        parser.add_argument("--worker-concurrency", type=int, default=settings.WORKER_CONCURRENCY)

    def handle(self, **options: Any) -> None:
        host, port = options["host"], options["port"]
        _refuse_taken_port(host, port)
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()
        address = f"http://{host}:{port}"
        supervisor = Supervisor(
            write=self.say, environment={**os.environ, "BASE_URL": os.environ.get("BASE_URL") or address}
        )
        for program in self.programs(options):
            supervisor.start(program)
        went_well = supervisor.run(
            ready=lambda: is_healthy(host, port),
            when_ready=lambda: self.say(f"ready at {address} (Ctrl-C stops it)"),
            only_errands=self.ends_by_itself(options),
        )
        self.say("stopped")
        if not went_well:
            raise CommandError("a part of the platform ended by itself; see its last lines above")

    def programs(self, options: dict[str, Any]) -> list[Program]:
        """What is started, in this order."""
        return [
            web_program(host=options["host"], port=options["port"], workers=options["web_workers"]),
            *worker_programs(
                queues=settings.WORKER_QUEUES,
                concurrency=options["worker_concurrency"],
                processes=options["worker_processes"],
            ),
            beat_program(),
        ]

    def ends_by_itself(self, options: dict[str, Any]) -> bool:  # noqa: ARG002  a subclass needs them
        return False

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # whoever reads through a pipe waits for the line


def is_healthy(host: str, port: int) -> bool:
    """Whether the web server answers that it can serve."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as err:
            raise CommandError(
                f"expected {host}:{port} to be free: {err.strerror}; give another with --port or PORT"
            ) from err
