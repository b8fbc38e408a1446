#!/usr/bin/env python
"""Command line of the platform."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from judge_platform.embedded import start_embedded_postgres
from judge_platform.env import SettingsError

COMMANDS_WITHOUT_DATABASE = {
    "help",
    "--help",
    "-h",
    "--version",
    "version",
    "compilemessages",
    "makemessages",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "judge_platform.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        if command not in COMMANDS_WITHOUT_DATABASE:
            start_embedded_postgres()
        execute_from_command_line(sys.argv)
    except SettingsError as err:
        sys.exit(f"settings: {err}")


if __name__ == "__main__":
    main()
