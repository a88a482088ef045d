import io
import json
import tracemalloc

import pytest
from flask.testing import FlaskClient

from service.api.body import parse
from service.api.problem import Problem

TWICE = '{"k": 1, "k": 2}'
MEGABYTE = 1_000_000
ROOMY = 100_000_000
"""Bytes that the values of a megabyte of JSON may take, and the search among them."""


@pytest.mark.parametrize("depth", [1, 20, 500])
def test_a_repeated_key_is_found_in_little_memory(depth: int) -> None:
    """However deep a megabyte of lists lies, the search for a repeated key among them is small."""
    number = MEGABYTE // len("[],")
    body = f"{'[' * depth}{'[],' * number}{TWICE}{']' * depth}".encode()
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as refused:
            parse(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (error,) = refused.value.errors
    expected = f"{'/0' * (depth - 1)}/{number}/k"
    assert (error["pointer"], error["code"]) == (expected, "repeated_key")
    assert peak < ROOMY


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (f'[[], [{{}}, [{TWICE}]], {{"a": {TWICE}}}]', "/1/1/0/k"),
        (f'{{"a": [[[]], {{}}], "b": {{"c": [{{}}, {TWICE}]}}}}', "/b/c/1/k"),
        (TWICE, "/k"),
    ],
)
def test_a_repeated_key_is_named_with_its_place(body: str, pointer: str) -> None:
    """The pointer leads past whatever else is nested to the first object with such a key."""
    with pytest.raises(Problem) as refused:
        parse(body.encode())
    assert [error["pointer"] for error in refused.value.errors] == [pointer]


def test_a_body_that_says_it_is_huge_is_refused_unread(degraded: FlaskClient) -> None:
    """A stated gigabyte is 413 before any of it has come; read, it would end too early: 400."""
    answer = degraded.post(
        "/v1/predict",
        input_stream=io.BytesIO(b""),
        environ_overrides={"CONTENT_LENGTH": "1000000000"},
        content_type="application/json",
    )
    assert answer.status_code == 413
    assert "larger than 1048576 bytes" in json.loads(answer.data)["detail"]
