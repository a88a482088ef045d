"""Prometheus metrics of one worker; those of all workers are added up when they are read.

A metric never costs an answer: a series that cannot be kept is logged once and then not counted.
"""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service.assessment import Assessment
from service.clinical import red_flags

_log = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder where the workers of one service keep their counts."""

UNMATCHED = "unmatched"
"""The route of a request that no rule takes."""

METHODS = ("GET", "HEAD", "OPTIONS", "POST")

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0)
"""Upper bounds in seconds: an answer takes less than a millisecond, a large batch about one."""

_FILE = 65_536
"""Bytes that prometheus_client gives a new file."""
_ROOM = {"counter": 512, "gauge_livesum": 512, "histogram": 4096}
"""Bytes that one series may take in a worker's file of its kind, generously."""

T = TypeVar("T")


class Unreadable(Exception):
    """The metrics of the workers cannot be read; the message says why."""


class _Uncounted:
    """What stands for a series that cannot be kept."""

    def inc(self) -> None:
        """Count nothing."""

    def set(self, value: float) -> None:
        """Keep nothing."""

    def observe(self, seconds: float) -> None:
        """Keep nothing."""


class _Family(dict[tuple[str, ...], T | _Uncounted], Generic[T]):
    """The series of one metric by the values of its labels, each made when it is first needed."""

    def __init__(self, kind: str, make: Callable[..., T]) -> None:
        super().__init__()
        self._kind = kind
        self._make = make

    def __missing__(self, labels: tuple[str, ...]) -> T | _Uncounted:
        self[labels] = series = self._made(labels)
        return series

    def _made(self, labels: tuple[str, ...]) -> T | _Uncounted:
        try:
            if FOLDER in os.environ:
                _reserve(self._kind, max(_FILE, (len(self) + 1) * _ROOM[self._kind]))
            return self._make(*labels)
        except Exception as error:  # a folder that is gone or full, a limit of the system
            _log.error("a metric is not counted: %s", type(error).__name__)
            return _Uncounted()


class Metrics:
    """The metrics of one application."""

    def __init__(self, version: str) -> None:
        """Start counting; `version` is the served model's, or `none` without a model."""
        self._registry = registry = CollectorRegistry()
        self._answers = self._counters("answers", "Answers about cases.", "level", "decided_by")
        self._flags = self._counters("red_flags_raised", "Red flags raised in answers.", "flag")
        self._refused = self._counters("refused", "Requests refused (4xx).", "status")
        self._degraded = self._counters("degraded_answers", "Answers without a model.")
        durations, labels = "cauda_request_duration_seconds", ("route", "method", "status")
        histogram = Histogram(durations, "Seconds.", labels, registry=registry, buckets=BUCKETS)
        self._durations = _Family("histogram", histogram.labels)
        info, text = "cauda_model_info", "Live workers that serve a model."
        gauge = Gauge(info, text, ("version",), registry=registry, multiprocess_mode="livesum")
        _Family("gauge_livesum", gauge.labels)[(version,)].set(1)
        self._start_at_zero()

    def answered(self, assessments: Sequence[Assessment]) -> None:
        """Count the answers of one request, and the red flags that they raise."""
        for assessment in assessments:
            triage = assessment.triage
            self._answers[triage.level.id, triage.decided_by].inc()
            for flag in assessment.raised:
                self._flags[(flag.id,)].inc()
            if assessment.is_degraded:
                self._degraded[()].inc()

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the rule that it matched, or UNMATCHED."""
        code = str(status)
        self._durations[route, known(method), code].observe(seconds)
        if code[0] == "4":
            self._refused[(code,)].inc()

    def text(self) -> bytes:
        """Return the metrics of all workers in Prometheus' text format; raises Unreadable."""
        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        try:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        except Exception as error:
            told = f"The counts of the workers cannot be read: {type(error).__name__}."
            raise Unreadable(told) from error

    def _counters(self, name: str, text: str, *labels: str) -> _Family[Counter]:
        """Return the counters of a metric, `cauda_NAME_total` for those with labels."""
        registry = self._registry
        if not labels:
            return _Family("counter", lambda: Counter(f"cauda_{name}", text, registry=registry))
        return _Family("counter", Counter(f"cauda_{name}", text, labels, registry=registry).labels)

    def _start_at_zero(self) -> None:
        """Show what has not happened yet, so that its first time is an increase."""
        self._degraded[()]
        for flag in red_flags.RED_FLAGS:
            self._flags[(flag.id,)]


def known(method: str) -> str:
    """Return a method of HTTP, or `other` for whatever else a caller may write."""
    return method if method in METHODS else "other"


def _reserve(kind: str, size: int) -> None:
    """Fill this worker's file of a kind with zeros up to `size` bytes; raises OSError.

    prometheus_client maps the file into memory and lengthens it without writing it, so that on a
    full disk the kernel would kill the worker (SIGBUS) at some later count. Here it is an error.
    """
    file = Path(os.environ[FOLDER]) / f"{kind}_{os.getpid()}.db"
    # Named when it is filled: who reads the metrics meanwhile cannot parse an empty file.
    part = file if file.exists() else file.with_suffix(".new")
    with part.open("ab") as out:
        out.write(bytes(max(0, size - out.tell())))
    part.rename(file)
