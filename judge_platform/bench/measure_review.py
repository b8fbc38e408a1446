"""Prints the measurements of `judge_platform.bench.review`; the argument is how many items the project has."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "judge_platform.settings")
    django.setup()
    # Imported now: its models need the settings.
    for measurement in import_module("judge_platform.bench.review").measure_review(int(sys.argv[1])):
        print(measurement.to_json())
