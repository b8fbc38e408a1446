"""Settings, URLs, Celery and the embedded services: composes the two apps and decides nothing."""
