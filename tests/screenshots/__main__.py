from __future__ import annotations

import os
import sys

import django

from judge_platform.scratch import scratch_environment


def main() -> None:
    with scratch_environment("screenshots") as environment:
        # This process looks rows up in the same database, and the browser's loop runs in its thread.
        os.environ |= {**environment, "DJANGO_SETTINGS_MODULE": "judge_platform.settings"}
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        django.setup()
        from tests.screenshots.take import FOLDER, take_all

        faults = take_all(environment)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")
    if faults:
        sys.exit("\n".join(["", *faults]))


if __name__ == "__main__":
    main()
