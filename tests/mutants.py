"""Mutation testing of the red-flag layer: `make mutants` (Cosmic Ray, in copies of the project).

Each mutant is a copy of the code with one small change; it is killed when a test fails. What
survives has to stand in data/equivalent_mutants.csv with the reason why it answers the same.
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EQUIVALENT = ROOT / "tests" / "data" / "equivalent_mutants.csv"
PARTS = (
    (
        "service/clinical/red_flags.py",
        "service/clinical/emergency/documented.py",
        "service/clinical/emergency/cauda_equina.py",
        "service/clinical/emergency/cause.py",
        "service/clinical/urgent/cauda_equina.py",
        "service/clinical/urgent/documented.py",
        "service/clinical/urgent/deficit.py",
        "service/clinical/urgent/cause.py",
        "service/clinical/primary_care.py",
        "service/clinical/terms.py",
        "service/clinical/screen.py",
        "service/assessment.py",
    ),
    ("service/clinical/rule.py", "service/opinion.py"),
)
"""The modules of the layer, as two halves that are worked on at once."""

RED_FLAGS = "tests/service/clinical/test_red_flags.py"
TESTS = (
    "tests/service/test_assessment.py",
    "tests/service/clinical/test_rules_in_bits.py",
    RED_FLAGS,
)
DIGEST = f"{RED_FLAGS}::test_the_version_names_this_very_table"
"""Left out: it notices every change of the table of rules without knowing whether it matters."""

COMMAND = (
    f"{sys.executable} -m pytest -x -q -p no:cacheprovider --deselect {DIGEST} {' '.join(TESTS)}"
)
CONFTEST = '''"""What these tests need and no package of training: they start for each mutant."""

import pytest

from service.clinical.vocabulary import Vocabulary, vocabulary


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    """The vocabulary of this installation."""
    return vocabulary()
'''


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """A change of a module: a line, and what it became."""

    module: str
    line: str
    became: str


def main() -> int:
    """Run all mutants; returns 1 when one survives without a reason, or a reason is left over."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(PARTS)) as pool:
        places = [Path(folder) / str(i) for i in range(len(PARTS))]
        found = [one for part in pool.map(_run, places, PARTS) for one in part]
    survived = sorted(mutant for mutant, is_killed in found if not is_killed)
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        excused = {
            Mutant(row["module"], row["line"], row["became"]) for row in csv.DictReader(file)
        }
    for one in survived:
        kind = "equivalent" if one in excused else "SURVIVED"
        print(f"{kind}: {one.module}: {one.line}  ->  {one.became}")
    for one in sorted(excused - set(survived)):
        print(f"LEFT OVER in {EQUIVALENT.name}: {one.module}: {one.line}  ->  {one.became}")
    equivalent = sum(one in excused for one in survived)
    print(f"{len(found) - len(survived)} of {len(found)} mutants killed, {equivalent} equivalent, "
          f"{len(survived) - equivalent} survived")  # fmt: skip
    return int(len(survived) > equivalent or not excused <= set(survived))


def _run(folder: Path, modules: tuple[str, ...]) -> list[tuple[Mutant, bool]]:
    """Mutate modules in a copy of what the tests need; returns each mutant and whether it died."""
    shutil.copytree(ROOT / "service", folder / "service")
    shutil.copytree(ROOT / "tests" / "data", folder / "tests" / "data")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    for test in TESTS:
        (folder / test).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / test, folder / test)
    (folder / "mutants.toml").write_text(
        f"[cosmic-ray]\nmodule-path = {json.dumps(modules)}\ntimeout = 120.0\n"
        f"excluded-modules = []\ntest-command = {json.dumps(COMMAND)}\n"
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    for command in (["baseline", "mutants.toml"], ["init", "mutants.toml", "session.sqlite"],
                    ["exec", "mutants.toml", "session.sqlite"]):  # fmt: skip
        _cosmic_ray(folder, command)
    return list(_results(_cosmic_ray(folder, ["dump", "session.sqlite"])))


def _cosmic_ray(folder: Path, arguments: list[str]) -> str:
    program = Path(sys.executable).with_name("cosmic-ray")
    done = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"cosmic-ray {arguments[0]} failed: {done.stdout}{done.stderr}")
    return done.stdout


def _results(dumped: str) -> Iterator[tuple[Mutant, bool]]:
    for entry in dumped.splitlines():
        item, result = json.loads(entry)
        (mutation,) = item["mutations"]
        changed = (result["diff"] or "").splitlines()
        line, became = (
            " ".join(one[1:].strip() for one in changed if one[:1] == mark and one[:3] != 3 * mark)
            for mark in "-+"
        )
        yield Mutant(mutation["module_path"], line, became), result["test_outcome"] == "killed"


if __name__ == "__main__":
    sys.exit(main())
