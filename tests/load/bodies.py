"""Bodies of requests: one that is always the same, and distinct synthetic cases."""

import json
from typing import Any

from service.clinical.vocabulary import Vocabulary, vocabulary
from synthetic import blocks, generate

SEED = 6
"""Of the cases; any would do."""

PLAIN = {
    "present": [
        "lower_back_pain",
        "pain_radiating_down_leg",
        "leg_numbness",
        "worse_sitting",
        "muscle_spasm",
        "buttock_pain",
    ],
    "absent": [
        "fever",
        "recent_trauma",
        "cancer_history",
        "urinary_retention",
        "saddle_numbness",
    ],
}
"""Eleven findings, no attribute: sciatica. Two flags of the lowest level are raised, so nothing is
withheld and every condition stands in the answer."""


def encoded(body: object) -> bytes:
    """Return a body as it is sent."""
    return json.dumps(body).encode()


def cases(number: int) -> list[dict[str, Any]]:
    """Draw cases that differ, each the body of a request without setting."""
    words = vocabulary()
    # Twice as many, for cases of few answers come more than once.
    table = generate.block(blocks.machine(blocks.DOCUMENTED), 2 * number, SEED, 0)
    drawn = {json.dumps(body): body for body in (_body(row, words) for row in table.to_pylist())}
    return list(drawn.values())[:number]


def _body(row: dict[str, Any], words: Vocabulary) -> dict[str, Any]:
    return {
        "present": [id for id in words.findings if row[id] == 1],
        "absent": [id for id in words.findings if row[id] == 0],
        "attributes": {id: row[id] for id in words.attributes if row[id] is not None},
    }
