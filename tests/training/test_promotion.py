import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from service import artefact
from service.manifest import ModelRefused
from tests.training.tracked import SERVED, WARNINGS, Registry, contents
from training import gates, promotion, registry
from training.gates import Gate, GateError
from training.judgement import HeldOut
from training.registry import RegistryError
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS

OWN = {"own": {"sha256": "ab" * 32, "number": 40, "weight": 0.2, "counts": {}}}
"""What a manifest says of cases of somebody's own."""


class Desk:
    """The registry, with the commands that move who serves."""

    def __init__(self, shelf: Registry, on: Workbench, held_out: HeldOut) -> None:
        self.shelf, self.on, self.held_out = shelf, on, held_out

    def promote(self) -> str:
        """Promote the challenger."""
        return promotion.promote(self.on, self.held_out, self.shelf.models, jobs=1)

    def compare(self) -> str:
        """Compare the challenger with the champion."""
        return promotion.compared(self.on, self.held_out, jobs=1)

    def roll_back(self) -> str:
        """Go back to the version before."""
        return promotion.roll_back(self.on.encoding, list(self.on.conditions), self.shelf.models)

    def refused(self, command: str, error: type[Exception] | tuple[type[Exception], ...]) -> str:
        """Return how a command is refused; nothing may have changed."""
        before = self.shelf.state()
        with pytest.raises(error) as refusal:
            getattr(self, command)()
        assert self.shelf.state() == before
        return str(refusal.value)


@pytest.fixture
def desk(shelf: Registry, bench: Workbench, few: HeldOut) -> Desk:
    """A desk with an empty registry."""
    return Desk(shelf, bench, few)


def test_champion_moves_by_promotion_alone(desk: Desk) -> None:
    """A new version is challenger; it is champion, and served, when it is promoted."""
    shelf = desk.shelf
    shelf.put()
    assert shelf.state() == (None, "1", [], {})

    told = [desk.promote()]
    shelf.put()
    assert shelf.state()[:3] == ("1", "2", ["1"])
    assert shelf.served() == "1"
    told.append(desk.promote())

    assert shelf.state()[:3] == ("2", "2", ["1", "2"])
    assert shelf.served() == "2"
    end = "is champion and exported: a service loads it at its start and on SIGHUP"
    assert told == [f"Version 1 {end}.", f"Version 2 {end}, version 1 served before."]


def test_promoted_bytes_are_those_of_the_store(desk: Desk) -> None:
    """The folder holds the three files of the run, byte by byte, and a model that serves."""
    version = desk.shelf.put()

    desk.promote()

    stored = {name: desk.shelf.stored(version, name).read_bytes() for name in SERVED}
    assert contents(desk.shelf.models) == stored
    loaded = artefact.load(desk.shelf.models, desk.on.encoding, list(desk.on.conditions))
    assert loaded.manifest.model["run_id"] == version.run_id


def test_rollback_twice_goes_back_two(desk: Desk) -> None:
    """Each rollback serves the version before, until there is none; then promotion goes on."""
    shelf, kept = desk.shelf, dict[str, dict[str, bytes]]()
    for number in ("1", "2", "3"):
        shelf.serve()
        kept[number] = contents(shelf.models)

    back = [(desk.roll_back(), shelf.state()) for _ in range(2)]

    end = "is champion and exported: a service loads it at its start and on SIGHUP."
    assert back == [
        (f"Back from version 3 to 2. Version 2 {end}", ("2", "3", ["1", "2"], kept["2"])),
        (f"Back from version 2 to 1. Version 1 {end}", ("1", "3", ["1"], kept["1"])),
    ]
    told = desk.refused("roll_back", RegistryError)
    assert told == "There is nothing to go back to: version 1 alone has served."
    desk.promote()
    assert shelf.state() == ("3", "3", ["1", "3"], kept["3"])
    desk.roll_back()
    assert shelf.state() == ("1", "3", ["1"], kept["1"])


def test_rollback_before_any_promotion_is_refused(desk: Desk) -> None:
    """Nothing served, so there is nothing to go back to: with no version, and with one."""
    told = "There is nothing to go back to: no version yet has served."
    assert desk.refused("roll_back", RegistryError) == told
    desk.shelf.put()
    assert desk.refused("roll_back", RegistryError) == told


@pytest.mark.parametrize("command", ["promote", "compare"])
def test_without_a_challenger_is_refused(command: str, desk: Desk) -> None:
    """An empty registry has nothing to promote or to compare."""
    told = desk.refused(command, RegistryError)

    assert told == "There is no challenger; `make train` makes one."


@pytest.mark.parametrize("command", ["promote", "compare"])
def test_champion_is_not_its_own_challenger(command: str, desk: Desk) -> None:
    """What serves already is neither promoted again nor compared with itself."""
    desk.shelf.serve()

    told = desk.refused(command, RegistryError)

    assert told == (
        "Version 1 is champion and challenger at once; `make train` makes another challenger."
    )


def test_failed_gate_leaves_all_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that fails is told the gate and by how much; champion and folder stay."""
    desk.shelf.serve()
    desk.shelf.put()
    size = len(desk.shelf.artefact)
    monkeypatch.setattr(gates, "GATES", (Gate("size", ("artefact_bytes",), at_most=size - 1000),))

    told = desk.refused("promote", GateError)

    assert told.startswith("size: artefact_bytes is ")
    assert told.endswith("which it misses by 1e+03")


def test_first_failed_promotion_serves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a champion the gates are asked all the same, and the folder stays empty."""
    desk.shelf.put()
    monkeypatch.setattr(gates, "GATES", (Gate("size", ("artefact_bytes",), at_most=1),))

    assert "expected at most 1" in desk.refused("promote", GateError)
    assert desk.shelf.state() == (None, "1", [], {})


def test_worse_challenger_is_refused(desk: Desk) -> None:
    """A challenger that misses emergencies which the champion sends is told the interval."""
    thresholds = dict.fromkeys(desk.shelf.manifest.thresholds, 1.0)
    desk.shelf.serve()
    blind = desk.shelf.put(thresholds=thresholds)
    assert registry.find(registry.CHALLENGER) == blind

    told = desk.refused("promote", GateError)

    assert "no worse than the champion: emergencies given" in told


def test_refused_champion_makes_the_gates_absolute(desk: Desk) -> None:
    """A champion of other rules cannot be asked: that is told, and the challenger may serve.

    The challenger would be refused beside a champion of the same rules: it misses emergencies.
    """
    desk.shelf.serve()
    old = registry.find(registry.CHAMPION)
    assert old is not None
    path = desk.shelf.stored(old, "manifest.json")
    other = replace(desk.shelf.manifest, rules_version="0").text()
    path.write_text(other, encoding="utf-8")
    desk.shelf.put()

    compared, promoted = desk.compare(), desk.promote()

    why = (
        "The champion, version 1, cannot be asked (The model is refused: the version of the red"
        f" flags is 0, expected {desk.shelf.manifest.rules_version}.)"
    )
    assert compared == f"{why}: nothing to compare version 2 with."
    assert promoted.splitlines()[0] == f"{why}: the gates were absolute."
    assert desk.shelf.state()[:3] == ("2", "2", ["1", "2"])


def test_first_challenger_has_nothing_to_be_compared_with(desk: Desk) -> None:
    """Before anything serves the comparison says so."""
    desk.shelf.put()

    told = desk.compare()

    assert told == "There is no champion yet: nothing to compare version 1 with."


def test_comparison_tells_both_versions(desk: Desk) -> None:
    """The comparison names champion and challenger; equal models differ by nothing."""
    desk.shelf.serve()
    desk.shelf.put()

    first, *lines = desk.compare().splitlines()[0:]

    assert first.startswith("champion version 1, challenger version 2, on the same held-out cases")
    rows = [line for line in lines if line.startswith(("top-", "log loss", "published"))]
    assert len(rows) == 5
    assert all(line.endswith("noise") and " 0.0000 " in line for line in rows)
    assert desk.shelf.state()[:3] == ("1", "2", ["1"])


def test_damaged_challenger_is_refused(desk: Desk) -> None:
    """A bit flipped in the stored artefact is found by its hash before anything is changed."""
    desk.shelf.serve()
    desk.shelf.damage(desk.shelf.put())

    told = desk.refused("promote", ModelRefused)

    assert told.startswith("The model is refused: the artefact's SHA-256 is ")


def test_damaged_version_is_not_gone_back_to(desk: Desk) -> None:
    """A rollback to a version whose stored artefact is damaged is refused."""
    first = desk.shelf.serve()
    desk.shelf.serve()
    desk.shelf.damage(first)

    told = desk.refused("roll_back", ModelRefused)

    assert told.startswith("The model is refused: the artefact's SHA-256 is ")
    assert desk.shelf.served() == "2"


@pytest.mark.parametrize("failing", SERVED)
@pytest.mark.parametrize("command", ["promote", "roll_back"])
def test_failed_rename_undoes_the_move(
    command: str, failing: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file cannot be put into its place, aliases, order and all files are as before."""
    desk.shelf.serve()
    desk.shelf.serve()
    desk.shelf.put()
    refuse(failing, monkeypatch)

    assert desk.refused(command, OSError) == "the disk is full"
    assert desk.shelf.served() == "2"


def refuse(failing: str, patch: pytest.MonkeyPatch) -> None:
    """Let the file of this name not be renamed into any place."""
    rename = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if path.name == failing:
            raise OSError("the disk is full")
        return rename(path, target)

    patch.setattr(Path, "replace", replace)


def test_first_failed_rename_leaves_no_champion(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first promotion that fails at its last file leaves an empty folder and no champion."""
    desk.shelf.put()
    refuse("manifest.json", monkeypatch)
    desk.shelf.models.mkdir()

    assert desk.refused("promote", OSError) == "the disk is full"
    assert desk.shelf.state() == (None, "1", [], {})


def test_missing_export_is_an_error(desk: Desk) -> None:
    """A version whose files are gone from the store is refused, not served half."""
    desk.shelf.serve()
    version = desk.shelf.put()
    shutil.rmtree(desk.shelf.stored(version, "model.joblib").parent)

    assert "download" in desk.refused("promote", (MlflowException, OSError))


@pytest.mark.parametrize("command", ["promote", "compare"])
@pytest.mark.parametrize(
    ("given", "told"), [("", "is not given"), ("cd" * 32, f"has SHA-256 {'cd' * 32}")]
)
def test_own_data_is_asked_for_again(given: str, told: str, command: str, desk: Desk) -> None:
    """A model that learned from somebody's cases is judged on the rest of the same file alone."""
    desk.shelf.put(data=OWN)
    desk.held_out = replace(desk.held_out, own_sha256=given)

    assert desk.refused(command, RegistryError) == (
        f"Version 1 learned from cases of SHA-256 {'ab' * 32}, but DATA {told};"
        " name the same file by DATA."
    )


def test_same_own_data_is_taken(desk: Desk) -> None:
    """With the file that it learned from the model is promoted."""
    desk.shelf.put(data=OWN)
    own = desk.held_out.evaluation
    desk.held_out = replace(desk.held_out, own=own, own_sha256="ab" * 32)

    desk.promote()

    assert desk.shelf.served() == "1"


def test_champion_of_own_cases_is_not_replaced_unseen(desk: Desk) -> None:
    """Where the champion learned from somebody's own cases, a challenger is judged on some too."""
    desk.shelf.serve(data=OWN)
    desk.shelf.put()

    with pytest.raises(RegistryError, match="version 1, learned from somebody's own cases; name"):
        desk.promote()

    assert desk.shelf.served() == "1"


def test_champion_is_exported_again(desk: Desk) -> None:
    """A folder that lost its files gets those of the champion, and the order stays."""
    desk.shelf.serve()
    desk.shelf.put()
    (desk.shelf.models / "manifest.json").unlink()

    told = promotion.restore(desk.on.encoding, desk.on.ids, desk.shelf.models)

    assert told.startswith("Version 1 is champion and exported")
    assert (desk.shelf.served(), registry.champions()) == ("1", ["1"])


def test_nothing_is_exported_without_a_champion(desk: Desk) -> None:
    """Who has not promoted anything is told so."""
    with pytest.raises(RegistryError, match="There is no champion yet"):
        promotion.restore(desk.on.encoding, desk.on.ids, desk.shelf.models)


def test_gates_of_the_world_depend_on_what_was_learned(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who learned from synthetic cases alone is held to the world, whatever file is named."""
    gate = Gate("regret", ("regret",), at_most=0.0, of_the_world=True)
    monkeypatch.setattr(gates, "GATES", (gate,))
    desk.held_out = replace(desk.held_out, own=desk.held_out.evaluation, own_sha256="ab" * 32)
    desk.shelf.put()

    assert desk.refused("promote", GateError).startswith("regret: regret is ")
    desk.shelf.put(data=OWN)
    desk.promote()
    assert desk.shelf.served() == "2"
