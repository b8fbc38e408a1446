"""Structured logs: one event a line, as text for people or JSON for machines, with request and task ids."""

from __future__ import annotations

import logging.config

import structlog

from judge_platform.env import SettingsError

RENDERERS = {
    "text": structlog.dev.ConsoleRenderer(colors=False),
    "json": structlog.processors.JSONRenderer(),
}


def logging_config(*, log_format: str, level: str) -> None:
    """Send the standard library's and structlog's events through one chain to standard error.

    Raises: SettingsError, for a format or level that does not exist.
    """
    if log_format not in RENDERERS:
        raise SettingsError(f"LOG_FORMAT: expected text or json, got “{log_format}”.")
    if level.upper() not in logging.getLevelNamesMapping():
        raise SettingsError(f"LOG_LEVEL: expected DEBUG, INFO, WARNING or ERROR, got “{level}”.")
    shared: list[structlog.typing.Processor] = [
        _drop_request_started,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processor": RENDERERS[log_format],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
            # Celery says twice for every task that it came and went; the services say what was done.
            "loggers": {name: {"level": "WARNING"} for name in ("kombu", "celery.worker.strategy", "celery.app.trace")},
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _drop_request_started(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """One line a request is enough: the one that knows how it ended."""
    del logger, method
    if event.get("event") == "request_started":
        raise structlog.DropEvent
    return event
