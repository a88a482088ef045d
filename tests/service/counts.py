"""What `/metrics` tells, read by Prometheus' own parser."""

from prometheus_client.parser import text_string_to_metric_families

Counts = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""Values by the name and the labels of their series."""

REQUESTS = "cauda_request_duration_seconds_count"
"""Requests that were answered, by method, route and status."""


def counted(text: bytes) -> Counts:
    """Read Prometheus' text format."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def series(counts: Counts, name: str) -> dict[tuple[str, ...], float]:
    """Return the series of a metric that are not 0, by the values of its labels by name."""
    return {
        tuple(value for _, value in sorted(labels)): count
        for (found, labels), count in counts.items()
        if found == name and count
    }
