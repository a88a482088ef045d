"""The README says what is true."""

import json
import re
import tomllib
from pathlib import Path

from flask.testing import FlaskClient

from service.api.catalogue import written
from service.app import create_app
from service.clinical.red_flags import RED_FLAGS, VERSION
from service.clinical.rule import RedFlag
from service.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(pattern: str) -> set[str]:
    """Return the first cells of the README's tables that fit a pattern."""
    return set(re.findall(rf"^\| `({pattern})` \|", README, re.MULTILINE))


def fenced(language: str) -> str:
    """Return the first fenced block of a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found, f"no block of {language}"
    return found.group(1)


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


def test_the_example_request_gets_the_example_answer(client: FlaskClient) -> None:
    """What does not depend on the build is answered as printed, and no field is missing."""
    body = re.search(r"-d '(.*)'", fenced("sh"), re.DOTALL)
    assert body
    printed = json.loads(fenced("json"))
    answered = client.post("/v1/predict", json=json.loads(body.group(1))).json
    assert answered is not None
    assert answered.keys() == printed.keys()
    fixed = ("triage", "red_flags", "setting", "degraded", "notice")
    assert {key: answered[key] for key in fixed} == {key: printed[key] for key in fixed}
    assert answered["withheld"]["count"] == printed["withheld"]["count"]
    assert {c["id"] for c in answered["conditions"]} == {c["id"] for c in printed["conditions"]}
    assert answered["model"].keys() == printed["model"].keys()


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
