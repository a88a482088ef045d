"""The README says what is true."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from service.api.entries import written
from service.api.example import CASE
from service.app import create_app
from service.clinical.red_flags import RED_FLAGS, VERSION
from service.clinical.rule import RedFlag
from service.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(pattern: str) -> set[str]:
    """Return the first cells of the README's tables that fit a pattern."""
    return set(re.findall(rf"^\| `({pattern})` \|", README, re.MULTILINE))


def test_every_route_is_listed(tmp_path: Path) -> None:
    """The table of routes is the application's."""
    rules = create_app(Settings(models=tmp_path)).url_map.iter_rules()
    routes = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert cells(r"(?:GET|POST) /[^`]*") == routes


def test_every_setting_is_listed() -> None:
    """The table of settings is that of the code."""
    assert cells("CAUDA_[A-Z_0-9]+") == {f"CAUDA_{name.upper()}" for name in Settings.__slots__}


def test_every_target_is_listed() -> None:
    """The table of targets is the Makefile's, which prints each with a line of its own."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert cells("make [a-z-]+") == {f"make {target}" for target in targets - {"help"}}


def row(flag: RedFlag) -> str:
    """Return the line of a flag in the table of red flags, as a clinician reads it."""
    terms = [" or ".join(map(written, alternatives)) for alternatives in flag.when]
    line = (flag.level.id, flag.title, "; and ".join(terms), ", ".join(flag.sources))
    return f"| {' | '.join(line)} |"


def test_every_red_flag_is_listed() -> None:
    """The table of red flags is that of the code, in its order, and names its version."""
    section = README[README.index("## Red flags") : README.index("</details>")]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    assert lines[1:] == [row(flag) for flag in RED_FLAGS]
    assert f"{len(RED_FLAGS)} rules, version {VERSION}: " in section


def examples() -> Iterator[tuple[list[str], Any]]:
    """Yield each curl command, in words, and the JSON that the README prints below it."""
    pattern = r"^```sh\n(curl [^`]*)^```\n[^`]*^```json\n(.*?)^```"
    for command, printed in re.findall(pattern, README, re.MULTILINE | re.DOTALL):
        yield shlex.split(command), json.loads(printed)


def ask(client: FlaskClient, words: list[str]) -> Any:
    """Return what the service answers to a curl command."""
    address = next(word for word in words if word.startswith("http://"))
    asked = urlsplit(address)
    body = words[words.index("-d") + 1] if "-d" in words else None
    headers = [word.split(": ") for word in words if word.startswith("Content-Type: ")]
    return client.open(
        f"{asked.path}?{asked.query}",
        method="POST" if body else "GET",
        data=body,
        headers=dict(headers),
    ).get_json()


BUILT = ("conditions", "explanation", "model", "withheld")
"""Members of which the names alone are the README's: what they hold depends on the build."""


def same(printed: Any, answered: Any, where: str = "") -> None:
    """Assert that what is printed is what is answered, or a part of it."""
    assert type(printed) is type(answered), where
    if isinstance(printed, dict):
        for name, value in printed.items():
            assert name in answered, f"{where}/{name}"
            if name in BUILT:
                assert shape(value) == shape(answered[name]), f"{where}/{name}"
            else:
                same(value, answered[name], f"{where}/{name}")
    elif isinstance(printed, list):
        assert len(printed) <= len(answered), where
        for i, value in enumerate(printed):
            same(value, answered[i], f"{where}/{i}")
    else:
        assert printed == answered, where


def shape(value: Any) -> Any:
    """Return the names of an object, or of the first of several."""
    return sorted(value) if isinstance(value, dict) else [shape(entry) for entry in value[:1]]


def test_the_examples_are_answered_as_printed(client: FlaskClient) -> None:
    """Each request of the README gets the answer below it, as far as it is printed."""
    found = list(examples())
    assert len(found) == README.count("\ncurl ")
    for words, printed in found:
        same(printed, ask(client, words))


def test_every_family_of_routes_has_an_example() -> None:
    """Predictions, batch, catalogue, operations and refusals are shown by a request each."""
    asked = {urlsplit(next(w for w in words if "://" in w)).path for words, _ in examples()}
    assert {"/v1/predict", "/v1/predict/batch", "/healthz"} <= asked
    assert any(path.startswith("/v1/conditions") for path in asked)
    assert {422} == {printed["status"] for _, printed in examples() if "errors" in printed}


def test_the_first_example_is_printed_whole(client: FlaskClient) -> None:
    """The first answer misses no member, names the conditions that are shown, and is documented."""
    words, printed = next(examples())
    answered = ask(client, words)
    assert answered.keys() == printed.keys()
    assert answered["withheld"]["count"] == printed["withheld"]["count"]
    assert {c["id"] for c in answered["conditions"]} == {c["id"] for c in printed["conditions"]}
    assert json.loads(words[words.index("-d") + 1]) == CASE


def test_a_serving_installation_needs_no_mlflow() -> None:
    """Neither the dependencies nor the lock of the service name MLflow or pandas."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.split(r"[<>=]", need)[0] for need in project["dependencies"]}
    lock = (ROOT / "requirements" / "service.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert named <= locked
    assert not locked & {"mlflow", "mlflow-skinny", "pandas", "pyarrow", "matplotlib"}


def test_the_locks_name_no_address_and_hash_everything() -> None:
    """A lock file carries names, versions and hashes only."""
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        lock = path.read_text(encoding="utf-8")
        assert "://" not in lock, path.name
        assert "--index" not in lock, path.name
        pins = re.split(r"\n(?=[a-z])", lock.strip())
        assert all("--hash=sha256:" in pin for pin in pins), path.name
