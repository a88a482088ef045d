"""Nothing but the rules, and the ids they are written in, can keep an emergency from an answer.

Each test breaks the real thing: the installation, a package, a table, the artefact or the model.
Out of scope is what ends the process itself, whoever causes it: SystemExit, KeyboardInterrupt,
`os._exit`, a segmentation fault, a kernel that is out of memory, and a call that never returns.
"""

import hashlib
import importlib
import io
import json
import math
import operator
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import joblib
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.assessment import assess
from service.clinical import catalogue, red_flags, vocabulary
from service.clinical.case import Case, read
from service.clinical.table import TableError
from service.clinical.vocabulary import Urgency, Vocabulary
from service.model import Model
from service.opinion import Ranking
from service.settings import Settings

ROOT = Path(__file__).parents[2]
CLINICAL = ROOT / "service" / "clinical"

EMERGENCY = {"present": ["saddle_numbness"]}
CALM = {"present": ["lower_back_pain", "muscle_spasm"]}

LAYER = (
    "__init__.py",
    *(f"clinical/{name}.py" for name in ("__init__", "table", "vocabulary", "case", "rule")),
    *(f"clinical/{name}.py" for name in ("screen", "terms", "primary_care")),
    *(
        f"clinical/emergency/{name}.py"
        for name in ("__init__", "cauda_equina", "cause", "documented")
    ),
    *(
        f"clinical/urgent/{name}.py"
        for name in ("__init__", "cauda_equina", "cause", "deficit", "documented")
    ),
    "clinical/red_flags.py",
    "clinical/findings.csv",
    "clinical/attributes.csv",
)
"""The files of the package `service` that the red flags need."""

DECISION = (*LAYER, "assessment.py", "opinion.py", "clinical/catalogue.py")
"""Those that an answer without a model needs besides; of the catalogue no table."""

SCREEN = """
from service.clinical import case, red_flags, vocabulary
words = vocabulary.vocabulary()
red_flags.check(words)
def screen(present, attributes):
    return [flag.id for flag in red_flags.raised(case.read(present, (), attributes, words))]
found = {
    "one finding": screen(["saddle_numbness"], {}),
    "by implication": screen(["lower_back_pain", "new_urinary_symptoms"], {}),
    "by an attribute": screen(["buttock_numbness"], {"onset": "sudden"}),
    "calm": screen(["lower_back_pain", "muscle_spasm"], {}),
}
"""
ASSESS = """
from service import assessment
from service.clinical import case, vocabulary
words = vocabulary.vocabulary()
stated = [["saddle_numbness"], ["buttock_pain", "fever"], ["lower_back_pain", "muscle_spasm"]]
cases = [case.read(present, (), {}, words) for present in stated]
answers = assessment.assess(cases, "primary_care", None, {})
found = [[a.triage.level.id, a.triage.decided_by, a.is_degraded] for a in answers]
"""
BARE = """
import importlib.util, json, sys
sys.path.insert(0, sys.argv[1])
{code}
loaded = {{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names
outside = [n for n in ("numpy", "sklearn", "flask", "pytest") if importlib.util.find_spec(n)]
print(json.dumps([found, sorted(loaded - {{"__main__"}}), outside]))
"""

START = """
import json, sys
from pathlib import Path
from service import app
from service.clinical import vocabulary
from service.settings import Settings

def start(models):
    vocabulary.vocabulary.cache_clear()
    try:
        client = app.create_app(Settings(models=Path(models))).test_client()
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    found = {"healthz": client.get("/healthz").status_code}
    ready = client.get("/readyz")
    found["readyz"] = [ready.status_code, ready.get_json().get("detail")]
    for name, body in job["cases"].items():
        response = client.post("/v1/predict", json=body)
        answer = response.get_json()
        triage = answer["triage"]
        found[name] = [
            response.status_code, triage["level"], triage["decided_by"], answer["degraded"]
        ]
    return found

job, tables = json.load(sys.stdin), Path(vocabulary.__file__).parent
found = {}
for label, (name, text) in job["damages"].items():
    path = tables / name
    if name:
        assert path.is_relative_to(Path.cwd()), "only a copy may be damaged"
        sound = path.read_bytes()
        path.unlink() if text is None else path.write_bytes(text.encode("latin-1"))
    found[label] = start(job["models"])
    if name:
        path.write_bytes(sound)
print(json.dumps(found))
"""
"""Starts the application once for each damage of a table, and tells what it answers."""

ALONE = {
    "healthz": 200,
    "emergency": [200, "emergency", "red_flags", True],
    "calm": [200, "primary_care", "fallback", True],
}
"""What a service answers that has its red flags and nothing else."""

Damage = Callable[[bytes], bytes | None]

DAMAGES: Mapping[str, Damage] = {
    "missing": lambda _: None,
    "emptied": lambda _: b"",
    "truncated": lambda data: data[: data.rstrip().rfind(b"\n") + 4],
    "another header": lambda data: b"a,b,c" + data[data.index(b"\n") :],
    "another separator": lambda data: data.replace(b",", b";"),
    "not UTF-8": lambda data: data.decode("utf-8").encode("utf-16"),
    "zeros": lambda data: bytes(len(data)),
}


def run(
    code: str, *arguments: str, folder: Path, path: Sequence[Path] = (), given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a new process, in a folder and with a path of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CAUDA_", "PYTHON"))}
    environment |= {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments[:-1], "-c", code, *arguments[-1:]],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def started(
    folder: Path,
    path: Sequence[Path],
    models: Path,
    damages: Mapping[str, tuple[str, bytes | None]] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return, for each damage of a table, what a service in a new process answers."""
    stated = {
        label: (name, None if data is None else data.decode("latin-1"))
        for label, (name, data) in (damages or {"none": ("", None)}).items()
    }
    job = {
        "models": str(models),
        "damages": stated,
        "cases": {"emergency": EMERGENCY, "calm": CALM},
    }
    done = run(START, folder=folder, path=path, given=json.dumps(job))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def every_damage(name: str) -> dict[str, tuple[str, bytes | None]]:
    """Return a table of the shipped package, damaged in each of the ways."""
    data = (CLINICAL / name).read_bytes()
    return {label: (name, damage(data)) for label, damage in DAMAGES.items()}


def without_row(data: bytes, id: str) -> bytes:
    """Return a table without the one row of an id."""
    lines = data.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{id},".encode())]
    assert len(kept) == len(lines) - 1
    return b"".join(kept)


def replaced(data: bytes, old: str, new: str) -> bytes:
    """Return data with the one place that holds a text changed."""
    assert data.count(old.encode()) == 1
    return data.replace(old.encode(), new.encode())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package `service` that a test may damage."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "service", tmp_path / "copy" / "service", ignore=ignored)
    return tmp_path / "copy"


def folder_with(files: Sequence[str], tmp_path: Path) -> Path:
    """Return a folder whose package `service` has these files alone."""
    for name in files:
        target = tmp_path / "bare" / "service" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "service" / name, target)
    return tmp_path / "bare"


# The standard library alone.


@pytest.mark.parametrize("files", [None, LAYER], ids=["repository", "layer"])
def test_emergencies_are_screened_by_the_standard_library_alone(
    tmp_path: Path, files: Sequence[str] | None
) -> None:
    """Without any installed package, and without any other file, the rules raise their flags."""
    folder = folder_with(files, tmp_path) if files else ROOT
    done = run(BARE.format(code=SCREEN), "-I", "-S", str(folder), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {
            "one finding": ["saddle_numbness"],
            "by implication": ["new_urinary_symptoms_with_pain"],
            "by an attribute": ["sudden_buttock_numbness"],
            "calm": [],
        },
        ["service"],
        [],
    ]


@pytest.mark.parametrize("files", [None, DECISION], ids=["repository", "decision"])
def test_cases_are_assessed_by_the_standard_library_alone(
    tmp_path: Path, files: Sequence[str] | None
) -> None:
    """The decision without a model needs no installed package and no table of the catalogue."""
    folder = folder_with(files, tmp_path) if files else ROOT
    done = run(BARE.format(code=ASSESS), "-I", "-S", str(folder), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        [
            ["emergency", "red_flags", True],
            ["urgent", "red_flags", True],
            ["primary_care", "fallback", True],
        ],
        ["service"],
        [],
    ]


# The packages that the model needs.

PACKAGES = ("numpy", "sklearn", "joblib")
BROKEN_PACKAGES = {
    "cannot be loaded": 'raise ImportError("libopenblas.so.0: cannot open shared object file")',
    "of another build": 'raise RuntimeError("module compiled against another ABI version")',
    "hollow": "",
}
REASONS = {
    "cannot be loaded": "The model could not be loaded: ImportError.",
    "of another build": "The model could not be loaded: RuntimeError.",
}
HOLLOW = {
    "numpy": "The model could not be loaded: ImportError.",
    "sklearn": "The model could not be loaded: ModuleNotFoundError.",
}
"""Why a package that holds nothing costs the model; without joblib scikit-learn fails as well."""


def with_package(tmp_path: Path, name: str, text: str) -> list[Path]:
    """Return a path of imports on which a module of this text stands before the installed one."""
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / f"{name}.py").write_text(text, encoding="utf-8")
    return [fake, ROOT]


@pytest.mark.parametrize(
    ("package", "fault"),
    [(p, f) for p in PACKAGES for f in BROKEN_PACKAGES if (p, f) != ("joblib", "hollow")],
)
def test_a_broken_package_costs_the_model_alone(
    tmp_path: Path, models: Path, package: str, fault: str
) -> None:
    """The service starts, answers emergencies, and says by which error it has no model."""
    path = with_package(tmp_path, package, BROKEN_PACKAGES[fault])
    reason = REASONS[fault] if fault in REASONS else HOLLOW[package]
    found = started(tmp_path, path, models)["none"]
    assert found == ALONE | {"readyz": [503, f"Red flags answer alone. {reason}"]}


# The tables.


@pytest.mark.parametrize("table", ["texts.csv", "conditions.csv", "sources.csv"])
def test_a_damaged_table_of_the_catalogue_costs_the_model_alone(
    copy: Path, models: Path, table: str
) -> None:
    """However a table of words or conditions is damaged, emergencies are answered."""
    found = started(copy, [copy], models, every_damage(table))
    reasons = {label: answers.pop("readyz") for label, answers in found.items()}
    assert found == dict.fromkeys(DAMAGES, ALONE)
    for status, detail in reasons.values():
        assert status == 503
        assert detail.startswith(f"Red flags answer alone. {table}")


@pytest.mark.parametrize("table", ["findings.csv", "attributes.csv"])
def test_a_damaged_table_of_ids_fails_the_start(copy: Path, models: Path, table: str) -> None:
    """Without the ids in which the rules are written nothing is served, and the table is named."""
    found = started(copy, [copy], models, every_damage(table))
    assert found.keys() == DAMAGES.keys()
    for answers in found.values():
        assert answers.keys() == {"refused"}
        assert answers["refused"].startswith(f"TableError: {table}")


def test_no_service_starts_without_an_id_of_a_rule(copy: Path, models: Path) -> None:
    """A rule is never left out for a table that lost or changed what it names: the start fails."""
    findings = (CLINICAL / "findings.csv").read_bytes()
    attributes = (CLINICAL / "attributes.csv").read_bytes()
    changed = {
        "saddle_numbness": ("findings.csv", without_row(findings, "saddle_numbness")),
        "sudden_weakness": ("findings.csv", replaced(findings, "\nsudden_weakness,", "\nweak,")),
        "sudden_buttock_numbness": ("attributes.csv", without_row(attributes, "onset")),
        "sudden_leg_and_bowel_change": (
            "attributes.csv",
            replaced(attributes, "sudden|gradual", "acute|gradual"),
        ),
        "post_void_residual_with_pain": (
            "attributes.csv",
            replaced(attributes, "0 to 3000", "0 to 100"),
        ),
    }
    found = started(copy, [copy], models, changed)
    for flag, answers in found.items():
        assert answers.keys() == {"refused"}
        assert answers["refused"].startswith("TableError: ")
        assert f"red flag {flag!r}: " in answers["refused"]


def test_a_rule_of_an_unknown_id_ends_the_process(copy: Path) -> None:
    """A misspelt id in a rule fails the start of the real command with a line that names both."""
    rules = copy / "service" / "clinical" / "emergency" / "documented.py"
    misspelt = replaced(
        rules.read_bytes(), 'when=(("saddle_numbness",),)', 'when=(("sadle_numbness",),)'
    )
    rules.write_bytes(misspelt)
    done = run("import service.app; service.app.create_app()", folder=copy, path=[copy])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "service.clinical.table.TableError:"
        " red flag 'saddle_numbness': 'sadle_numbness' is no finding"
    )


def test_a_lost_implication_of_a_rule_is_refused(tmp_path: Path) -> None:
    """Low back pain that no longer is back pain would silence a rule, so the start fails."""
    for name in ("findings.csv", "attributes.csv"):
        shutil.copy(CLINICAL / name, tmp_path)
    sound = (CLINICAL / "findings.csv").read_bytes()
    (row,) = [r for r in sound.splitlines() if r.startswith(b"lower_back_pain,")]
    damaged = replaced(sound, row.decode(), replaced(row, ",back_pain,", ",,").decode())
    (tmp_path / "findings.csv").write_bytes(damaged)
    with pytest.raises(TableError):
        red_flags.check(vocabulary.read(tmp_path))


# The artefact and the manifest, in ways that test_model.py has not.


class _Reduced:
    """An object that is unpickled by a call."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call, self.arguments


def _replace_artefact(folder: Path, thing: object) -> None:
    """Put another artefact in the folder, with a manifest that vouches for it."""
    file = io.BytesIO()
    joblib.dump(thing, file)
    (folder / "model.joblib").write_bytes(file.getvalue())
    path = folder / "manifest.json"
    stated = json.loads(path.read_text(encoding="utf-8"))
    stated["sha256"] = hashlib.sha256(file.getvalue()).hexdigest()
    path.write_text(json.dumps(stated), encoding="utf-8")


def _link_to_nothing(folder: Path) -> None:
    (folder / "model.joblib").unlink()
    (folder / "model.joblib").symlink_to(folder / "gone.joblib")


def _link_to_itself(folder: Path) -> None:
    (folder / "model.joblib").unlink()
    (folder / "model.joblib").symlink_to("model.joblib")


def _manifest_a_folder(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


def _folder_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("", encoding="utf-8")


def _unpickles_by(call: Callable[..., Any], *arguments: Any) -> Callable[[Path], None]:
    return lambda folder: _replace_artefact(folder, _Reduced(call, *arguments))


ARTEFACTS: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "a link to nothing": (_link_to_nothing, "There is no model.joblib in the model folder."),
    "a link to itself": (_link_to_itself, "The model folder cannot be read: OSError."),
    "a manifest that is a folder": (
        _manifest_a_folder,
        "The model folder cannot be read: IsADirectoryError.",
    ),
    "a folder that is a file": (
        _folder_a_file,
        "The model folder cannot be read: NotADirectoryError.",
    ),
    "an error of arithmetic": (
        _unpickles_by(operator.truediv, 1, 0),
        "The artefact cannot be unpickled: ZeroDivisionError.",
    ),
    "more memory than there is": (
        _unpickles_by(bytes, 2**62),
        "The artefact cannot be unpickled: MemoryError.",
    ),
    "recursion without end": (
        _unpickles_by(json.loads, "[" * 100_000),
        "The artefact cannot be unpickled: RecursionError.",
    ),
    "a class that is not installed": (
        _unpickles_by(importlib.import_module, "xgboost_of_another_machine"),
        "The artefact cannot be unpickled: ModuleNotFoundError.",
    ),
    "a class that cannot be asked": (
        _unpickles_by(getattr, _Reduced(importlib.import_module, "flask"), "current_app"),
        "The model could not be loaded: RuntimeError.",
    ),
}


@pytest.mark.parametrize(("damage", "reason"), ARTEFACTS.values(), ids=ARTEFACTS.keys())
def test_a_bad_artefact_costs_the_model_alone(
    models: Path, tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    """Whatever reading or unpickling raises, emergencies are answered and the error is named."""
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    damage(folder)
    client = create_app(Settings(models=folder)).test_client()
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["detail"] == f"Red flags answer alone. {reason}"
    assert client.get("/healthz").status_code == 200
    assert _answer(client, EMERGENCY) == ("emergency", "red_flags", True)
    assert _answer(client, CALM) == ("primary_care", "fallback", True)


# The model at work.


def _answer(client: FlaskClient, body: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Return level, who decided it and whether the answer is degraded."""
    response = client.post("/v1/predict", json=body)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer = response.get_json()
    return answer["triage"]["level"], answer["triage"]["decided_by"], answer["degraded"]


def _certain(words: Vocabulary, lead: str) -> Ranking:
    """Return a ranking that is certain of one condition."""
    sure = dict.fromkeys(catalogue.read(words).conditions, 0.0) | {lead: 1.0}
    return Ranking(sure, sure, frozenset({lead}))


def _out_of_memory(*_: Any) -> list[Ranking]:
    raise MemoryError


def _without_end(*arguments: Any) -> list[Ranking]:
    return _without_end(*arguments)


@pytest.mark.parametrize("rank", [_out_of_memory, _without_end])
def test_a_model_that_exhausts_the_process_leaves_the_red_flags(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, rank: Callable[..., list[Ranking]]
) -> None:
    """A loaded model that runs out of memory or of stack costs its own answer, each time."""
    monkeypatch.setattr(Model, "rank", rank)
    for _ in range(3):
        assert _answer(client, EMERGENCY) == ("emergency", "red_flags", True)
        assert _answer(client, CALM) == ("primary_care", "fallback", True)
    assert client.get("/healthz").status_code == 200


def test_a_model_that_changes_between_calls_never_lowers_a_flag(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, words: Vocabulary
) -> None:
    """Each call stands alone: no ranking before or after it changes what the red flags say."""
    calm, grave = _certain(words, "back_muscle_spasm"), _certain(words, "cauda_equina_syndrome")
    nothing = Ranking(dict.fromkeys(calm.probabilities, math.nan), calm.triage, frozenset())
    now: list[Callable[[], list[Ranking]]] = []
    monkeypatch.setattr(Model, "rank", lambda *_: now[-1]())
    expected: list[tuple[Callable[[], list[Ranking]], tuple[str, str, bool]]] = [
        (lambda: [calm], ("primary_care", "incomplete_screening", False)),
        (_out_of_memory, ("primary_care", "fallback", True)),
        (lambda: [grave], ("emergency", "model", False)),
        (lambda: [nothing], ("primary_care", "fallback", True)),
        (list, ("primary_care", "fallback", True)),
        (lambda: [calm, grave], ("primary_care", "fallback", True)),
        (lambda: [calm], ("primary_care", "incomplete_screening", False)),
    ]
    for rank, answer in expected:
        now.append(rank)
        assert _answer(client, CALM) == answer
        assert _answer(client, EMERGENCY) == ("emergency", "red_flags", answer[-1])


class _Unreadable(dict[str, float]):
    """Probabilities that can be listed, and fail when one is looked up."""

    def __getitem__(self, id: str) -> float:
        raise KeyError(id)


class _Fake:
    """A model with these thresholds, that ranks every case alike."""

    def __init__(self, ranking: Ranking, thresholds: Mapping[Urgency, Any]) -> None:
        self.ranking, self.thresholds = ranking, thresholds

    def rank(self, cases: Sequence[Case], setting: str) -> Sequence[Ranking]:  # noqa: ARG002
        """Return the one ranking for each case."""
        return [self.ranking] * len(cases)


LEVELS = (Urgency.PRIMARY_CARE, Urgency.URGENT, Urgency.EMERGENCY)


def _decimals(calm: Ranking) -> _Fake:
    exact: dict[str, Any] = {id: Decimal(p) for id, p in calm.probabilities.items()}
    return _Fake(Ranking(exact, exact, calm.prediction_set), dict.fromkeys(LEVELS, 0.5))


def _unreadable(calm: Ranking) -> _Fake:
    lazy = _Unreadable(calm.probabilities)
    return _Fake(Ranking(lazy, lazy, calm.prediction_set), dict.fromkeys(LEVELS, 0.5))


def _no_thresholds(calm: Ranking) -> _Fake:
    return _Fake(calm, dict.fromkeys(LEVELS))


@pytest.mark.parametrize("bad", [_decimals, _unreadable, _no_thresholds])
def test_an_answer_that_fails_when_it_is_used_leaves_the_red_flags(
    words: Vocabulary, bad: Callable[[Ranking], _Fake]
) -> None:
    """What passes the check and then cannot be reckoned with keeps no flag from being raised."""
    model = bad(_certain(words, "shingles"))
    case = read(["saddle_numbness"], (), {}, words)
    (answer,) = assess([case], "primary_care", model, catalogue.read(words).conditions)
    assert answer.triage.level is Urgency.EMERGENCY
    assert [flag.id for flag in answer.raised] == ["saddle_numbness"]
