"""Services that run under `var/` when the environment names none: a real PostgreSQL, shared by all processes."""

from judge_platform.embedded.postgres import (
    EmbeddedPostgresError,
    embedded_database_url,
    start_embedded_postgres,
)

__all__ = ["EmbeddedPostgresError", "embedded_database_url", "start_embedded_postgres"]
