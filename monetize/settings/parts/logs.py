"""Structured logs with a request id: JSON for machines, plain lines for people; never local variables."""

from __future__ import annotations

from typing import Any

import structlog

from apps.core.card_numbers import mask_card_numbers
from monetize import env

LOG_FORMAT = env.choice("LOG_FORMAT", "json", ("json", "console"))


def _mask_cards(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A log is a place to keep card numbers in, too: of what callers send, some ends in one."""
    return {
        key: mask_card_numbers(value) if isinstance(value, str) else value for key, value in event.items()
    }


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _mask_cards,
]
_RENDERERS: dict[str, structlog.typing.Processor] = {
    "json": structlog.processors.JSONRenderer(),
    # rich tracebacks would print local variables: passwords, keys, addresses.
    "console": structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback, colors=False),
}

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _RENDERERS[LOG_FORMAT],
            ],
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # It logs each statement's error before the caller has decided whether it is one.
        "django.db.backends": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # Each bell that is rung, also while a command prints its own progress.
        "django_structlog.celery.receivers": {"level": "WARNING"},
    },
}
