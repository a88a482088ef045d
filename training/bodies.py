"""JSON lines of request bodies with their `condition`, read into a table of the documented form."""

import json
import sys
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from service.clinical.vocabulary import Quantity, Vocabulary
from training.form import Faults, Found, Stated, findings_table, quoted

FIELDS = ("present", "absent", "attributes", "condition", "triage", "setting", "passed_over")
"""What a line may hold; the last two, which the body of a request may have, are ignored."""

BLANK = "blank, expected an object"

_KINDS = {bool: "a boolean", dict: "an object", float: "a number", list: "a list", str: "a text"}


def read(path: Path, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Faults]:
    """Return what the lines state, numbered from 1, and the faults that a table cannot show.

    A line that is no body is in the faults alone. Raises OSError.
    """
    bodies, faults, number = _Bodies(vocabulary), Faults(), 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                found = bodies.add(number, parse(line))
            except ValueError as error:
                found = {"line": str(error)}
            if found:
                faults[number] = found
    if faults.get(number) == {"line": BLANK}:
        del faults[number]
    return bodies.table(), faults


def parse(line: bytes) -> dict[str, Any]:
    """Parse strict JSON: UTF-8, an object, no repeated key, no NaN; raises ValueError.

    Every number is a float. A byte order mark, which some editors write, is no fault.
    """
    if not line.strip():
        raise ValueError(BLANK)
    try:
        body = _DECODER.decode(line.rstrip().decode("utf-8-sig"))
        if b"\\u" in line:
            json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise ValueError("half a character is escaped, a surrogate without its other") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(body, dict):
        raise ValueError(f"expected an object, found {_kind(body)}")
    return body


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {quoted(repeated)} stands twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=float, parse_constant=_refuse_constant
)


def _kind(value: Any) -> str:
    return "null" if value is None else _KINDS[type(value)]


class _Bodies:
    """The columns of a table under construction; statements are numbers, so that millions fit."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._place = {id: i for i, id in enumerate(vocabulary.findings)}
        self._types: dict[str, type] = {
            id: float if isinstance(attribute, Quantity) else str
            for id, attribute in vocabulary.attributes.items()
        }
        self._numbers: list[int] = []
        self._rows, self._findings, self._values = array("l"), array("h"), array("b")
        names = (*self._types, "condition", "triage", "answers")
        self._cells: dict[str, list[Any]] = {name: [] for name in names}

    def add(self, number: int, body: Mapping[str, Any]) -> Found:
        """Take in a body; returns its faults."""
        unknown = [name for name in body if name not in FIELDS]
        found = {name: f"{quoted(name)} is none of {', '.join(FIELDS)}" for name in unknown}
        self._add_findings(body, found)
        self._add_attributes(body, found)
        for name in ("condition", "triage"):
            # Null is the same as nothing here, as it is in a table.
            value = body.get(name)
            self._cells[name].append(None if value is None else _typed(value, name, str, found))
        self._numbers.append(number)
        return found

    def _add_findings(self, body: Mapping[str, Any], found: Found) -> None:
        present = self._places(body, "present", found)
        absent = self._places(body, "absent", found)
        if both := [id for id, i in self._place.items() if i in present & absent]:
            found["both"] = "; ".join(f"{id} is stated both present and absent" for id in both)
        for value, places in ((0, absent), (1, present)):
            self._rows.extend([len(self._numbers)] * len(places))
            self._findings.extend(places)
            self._values.extend([value] * len(places))
        self._cells["answers"].append(len(present | absent) or None)

    def _places(self, body: Mapping[str, Any], name: str, found: Found) -> set[int]:
        ids = body.get(name, [])
        if not isinstance(ids, list):
            found[name] = f"{name} is {_kind(ids)}, expected a list of finding ids"
            return set()
        texts = [id for id in ids if isinstance(id, str)]
        unknown = [quoted(id) for id in texts if id not in self._place]
        unknown += [_kind(id) for id in ids if not isinstance(id, str)]
        if unknown:
            found[name] = "; ".join(f"{name} holds {id}, which is no finding" for id in unknown)
        return {self._place[id] for id in texts if id in self._place}

    def _add_attributes(self, body: Mapping[str, Any], found: Found) -> None:
        stated = body.get("attributes", {})
        if not isinstance(stated, dict):
            found["attributes"] = f"attributes is {_kind(stated)}, expected an object"
            stated = {}
        for id in [id for id in stated if id not in self._types]:
            found[id] = f"attributes holds {quoted(id)}, which is no attribute"
        for id, expected in self._types.items():
            value = _typed(stated[id], id, expected, found) if id in stated else None
            self._cells[id].append(value)

    def table(self) -> pd.DataFrame:
        """Return the table, its index the numbers of the lines."""
        stated: Stated = np.full((len(self._place), len(self._numbers)), -1, dtype=np.int8)
        stated[np.asarray(self._findings), np.asarray(self._rows)] = np.asarray(self._values)
        cells = {
            name: pd.Series(cells, dtype=float if self._types.get(name) is float else object)
            for name, cells in self._cells.items()
        }
        table = findings_table(stated, list(self._place)).assign(**cells)
        return table.set_axis(self._numbers)


def _typed(value: Any, name: str, expected: type, found: Found) -> Any:
    """Return a value of the expected type, or None with a fault."""
    if type(value) is str and expected is str:
        return sys.intern(value)  # so that a text is held once, not once for each line
    if type(value) is expected:
        return value
    found[name] = f"{name} is {_kind(value)}, expected {_KINDS[expected]}"
    return None
