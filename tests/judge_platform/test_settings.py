"""A bad value stops the start with a sentence that names the variable."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

BAD_VALUES = [
    ({"DEBUG": "maybe"}, "settings: DEBUG: expected true or false, got “maybe”."),
    ({"PORT": "eighty"}, "settings: PORT: expected a whole number, got “eighty”."),
    ({"PORT": "70000"}, "settings: PORT: expected 1 to 65535, got 70000."),
    ({"LEASE_S": "1"}, "settings: LEASE_S: expected 2 to 2147483647, got 1."),
    ({"SECRET_KEY": "short"}, "settings: SECRET_KEY: expected at least 32 characters, got 5."),
    ({"PUBLIC": "yes"}, "settings: SECRET_KEY: expected a secret of at least 32 characters"),
    ({"BASE_URL": "ftp://x"}, "settings: BASE_URL: expected an address that starts with one of http://, https://"),
    ({"JUDGE_URL": "localhost:8001"}, "settings: JUDGE_URL: expected an address"),
    ({"CELERY_BROKER_URL": "kafka://x"}, "settings: CELERY_BROKER_URL: expected an address"),
    ({"DATABASE_URL": "mysql://x/y"}, "settings: DATABASE_URL: expected postgresql://…, got “mysql://…”."),
    ({"DATABASE_URL": "postgresql://host"}, "settings: DATABASE_URL: expected a database name"),
    ({"LOG_FORMAT": "xml"}, "settings: LOG_FORMAT: expected text or json, got “xml”."),
    ({"LOG_LEVEL": "LOUD"}, "settings: LOG_LEVEL: expected DEBUG, INFO, WARNING or ERROR, got “LOUD”."),
]


@pytest.mark.parametrize(("variables", "sentence"), BAD_VALUES, ids=lambda value: str(value)[:40])
def test_a_bad_value_stops_the_start_with_a_sentence(variables: dict[str, str], sentence: str) -> None:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", **os.environ, **variables}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(sentence), done.stderr
    assert "Traceback" not in done.stderr
