import json
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.training.tracked import SERVED, WARNINGS, Registry, contents
from training import registry
from training.registry import RegistryError, Version

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS


@pytest.mark.usefixtures("shelf")
def test_empty_registry_has_nobody() -> None:
    """Before the first version there is no alias, no order, and nothing to go back to."""
    assert registry.find("champion") is None
    assert registry.find("challenger") is None
    assert registry.champions() == []
    with pytest.raises(RegistryError, match="no version yet has served"):
        registry.before()


def test_newest_version_is_the_challenger(shelf: Registry) -> None:
    """The alias follows each new version, with its run; the champion's is not given yet."""
    first = shelf.put()
    assert registry.find("challenger") == first
    second = shelf.put()

    assert registry.find("challenger") == second == Version("2", second.run_id)
    assert registry.find("champion") is None
    assert registry.champions() == []


def test_version_is_tagged(shelf: Registry) -> None:
    """The tags of a version are kept with it."""
    version = shelf.put()

    registry.tag(version, {"gates": "passed", "top_1": "0.7"})

    tags = shelf.client.get_model_version("cauda", version.number).tags
    assert tags == {"gates": "passed", "top_1": "0.7"}


def test_last_of_the_order_is_champion(shelf: Registry) -> None:
    """Alias and order move together; nobody is champion of an empty order."""
    versions = [shelf.put() for _ in range(3)]
    registry.crown(["1", "3"])
    assert (registry.find("champion"), registry.champions()) == (versions[2], ["1", "3"])
    assert registry.before() == versions[0]

    registry.crown(["1"])
    assert (registry.find("champion"), registry.champions()) == (versions[0], ["1"])
    with pytest.raises(RegistryError, match="version 1 alone has served"):
        registry.before()

    registry.crown([])
    assert (registry.find("champion"), registry.champions()) == (None, [])
    registry.crown([])


def test_order_is_kept_by_the_registered_model(shelf: Registry) -> None:
    """Another client of the same database reads the order: it is a tag, in JSON."""
    for _ in range(2):
        shelf.put()

    registry.crown(["2", "1"])

    uri = f"sqlite:///{shelf.build / 'mlflow.db'}"
    (known,) = MlflowClient(uri).search_registered_models()
    assert json.loads(known.tags["champions"]) == ["2", "1"]
    assert {name: str(number) for name, number in known.aliases.items()} == {
        "challenger": "2",
        "champion": "1",
    }


def test_what_is_fetched_is_what_was_stored(shelf: Registry, tmp_path: Path) -> None:
    """The three files come back byte by byte, into the folder that was named."""
    version = shelf.put()
    target = tmp_path / "fetched"
    target.mkdir()

    folder = registry.fetch(version, target)

    assert folder.is_relative_to(target)
    found = contents(folder)
    assert sorted(found) == SERVED
    assert found == {name: shelf.stored(version, name).read_bytes() for name in SERVED}


def test_deleted_version_is_an_error_of_mlflow(shelf: Registry) -> None:
    """Somebody deleted the version before in MLflow: that is no silent step further back."""
    for _ in range(3):
        shelf.serve()
    shelf.client.delete_model_version("cauda", "2")

    with pytest.raises(MlflowException, match="version=2"):
        registry.before()
