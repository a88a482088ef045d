"""Logs: JSON lines on standard error, and nothing in them of what a patient stated.

Standard error, for there also go the last words of a dying interpreter; standard output is left to
commands that print. What other packages log while a request is handled may quote it (gunicorn and
Flask write its path into their errors): of that the logger, the level and the exception's type are
kept, and the text is withheld. An exception's message is told by gunicorn's master alone, which
handles no request.
"""

import json
import logging
import logging.config
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from traceback import walk_tb
from typing import Any

import structlog
from flask import has_request_context
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, FilteringBoundLogger

from service.clinical.table import TableError
from service.settings import SettingError

WITHHELD = "text withheld: it may quote a request"

_OURS = f"{Path(__file__).parent}{os.sep}"
_STDERR = 2
_PLACES = 10
"""Places of a traceback that are told, the innermost last."""
_OF_THE_START = (SettingError, TableError)
"""Exceptions that are about settings and tables, never about a request."""

_encode = json.JSONEncoder(separators=(",", ":")).encode
_stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn publishes no types
    """gunicorn's logger, with our configuration.

    The setting `logconfig_dict` would do as much, but switches the access log on, which names
    path, query, address and user agent.
    """

    def setup(self, cfg: Config) -> None:
        """Configure the standard library's logging for the server and all that run in it."""
        super().setup(cfg)
        logging.config.dictConfig(config())
        logging.captureWarnings(True)


class _Lines:
    """Writes lines to standard error, each in one piece; one that cannot be written is lost."""

    def info(self, line: str) -> None:
        """Write a line."""
        with suppress(OSError):
            os.write(_STDERR, f"{line}\n".encode())


def lines() -> FilteringBoundLogger:
    """Return a logger of JSON lines for what is logged at every request.

    It leaves out the standard library, which takes several times as long.
    """
    bound: FilteringBoundLogger = structlog.wrap_logger(
        _Lines(),
        processors=[structlog.processors.add_log_level, _stamp, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        context_class=dict,
    ).bind()
    return bound


def config() -> dict[str, Any]:
    """Return the configuration of the standard library's logging, for `dictConfig`."""
    plain = {"level": "INFO", "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": _formatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {"gunicorn.error": plain},
        "root": {"level": "INFO", "handlers": ["stderr"]},
    }


def _formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        processors=[
            add_logger_name,
            add_log_level,
            _stamp,
            partial(_withhold, os.getpid()),
            ProcessorFormatter.remove_processors_meta,
            _render,
        ]
    )


def _render(_: Any, __: str, event: EventDict) -> str:
    return _encode(event)


def _withhold(master: int, _: Any, __: str, event: EventDict) -> EventDict:
    """Replace a traceback by type and places, and a text that may quote a request.

    `master` is the process that configured the logging. A worker, forked from it, has no context
    of a request while gunicorn reads one or tells of its failure, but then there is an exception.
    """
    record: logging.LogRecord = event["_record"]
    event.pop("stack_info", None)
    told = event.pop("exc_info", None)
    if record.levelno >= logging.WARNING:  # below, an ordinary end may be under way
        told = told or sys.exc_info()
    error: BaseException | None = told[1] if told else None
    in_request = has_request_context() or (error is not None and os.getpid() != master)
    if in_request and not record.pathname.startswith(_OURS):
        event["event"] = WITHHELD
    if error:
        event["exception"] = type(error).__name__
        event["at"] = [*_places(error)][-_PLACES:]
        if not in_request or isinstance(error, _OF_THE_START):
            event["message"] = str(error)
    return event


def _places(error: BaseException) -> Iterator[str]:
    for frame, line in walk_tb(error.__traceback__):
        yield f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
