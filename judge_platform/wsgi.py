"""WSGI entry point."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from judge_platform.embedded import start_embedded_postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "judge_platform.settings")
start_embedded_postgres()
application = get_wsgi_application()
