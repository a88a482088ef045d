"""The order of the layers."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("service", "synthetic", "training")

TRAINING = (
    "service.clinical",
    "service.features",
    "service.artefact",
    "service.model",
    "service.manifest",
    "service.assessment",
    "service.opinion",
    "service.perceptron",
    "service.questions",
    "training",
)

# What a module may import of our own packages, the longest prefix that fits it first.
ALLOWED = {
    "service.clinical": ("service.clinical",),
    "service": ("service",),
    "synthetic": ("service.clinical", "synthetic"),
    "training": TRAINING,
    # The one place that hands cases and people over; all others take them as they get them.
    "training.__main__": (*TRAINING, "synthetic.blocks", "synthetic.people"),
}


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of every module of ours."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, at whatever place."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    """Tell whether a dotted name is a package or in it."""
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=str)
def test_a_module_imports_only_the_layers_below_it(module: str, path: Path) -> None:
    """A layer knows those that it may know, and no other package of ours."""
    layer = max((name for name in ALLOWED if within(module, name)), key=len)
    ours = [name for name in imports(path) if any(within(name, package) for package in PACKAGES)]
    wrong = [n for n in ours if not any(within(n, a) or within(a, n) for a in ALLOWED[layer])]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "path"),
    [(name, path) for name, path in modules() if within(name, "service.clinical")],
    ids=str,
)
def test_the_clinical_core_needs_the_standard_library_alone(module: str, path: Path) -> None:
    """Nothing that has to be installed can break the red flags."""
    outside = {name.partition(".")[0] for name in imports(path)} - sys.stdlib_module_names
    assert outside <= {"service"}, module


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("service.app", ("mlflow", "training", "synthetic", "matplotlib")),
        (
            "service.assessment",
            ("numpy", "sklearn", "joblib", "flask", "marshmallow"),
        ),
        ("service.clinical.red_flags", ("numpy", "sklearn", "joblib", "flask", "marshmallow")),
    ],
)
def test_importing_a_module_loads_nothing_above_it(module: str, absent: tuple[str, ...]) -> None:
    """What must not be needed is not in memory after the import in a new process."""
    code = f"import sys, {module}; print([n for n in {absent!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_running_application_has_loaded_no_mlflow(models: Path) -> None:
    """The service with its model loaded holds neither MLflow nor the offline packages."""
    code = (
        "import sys; from pathlib import Path; from service.app import create_app;"
        "from service.settings import Settings;"
        f"app = create_app(Settings(models=Path({str(models)!r})));"
        "assert app.test_client().get('/readyz').status_code == 200;"
        "print([n for n in ('mlflow', 'training', 'synthetic') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_there_is_no_circle_of_imports() -> None:
    """The modules can be put in an order in which each comes after those that it imports."""
    known = dict(modules())
    packages = {name for name, path in known.items() if path.name == "__init__.py"}
    needs = {
        name: {
            n for n in known.keys() - packages - {name} if any(within(i, n) for i in imports(path))
        }
        for name, path in known.items()
    }
    while free := [name for name, others in needs.items() if not others]:
        for name in free:
            del needs[name]
        needs = {name: others - set(free) for name, others in needs.items()}
    assert needs == {}
