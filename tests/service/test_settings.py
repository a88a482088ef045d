from pathlib import Path

import pytest

from service.app import create_app
from service.settings import SettingError, Settings

HASH = "0123456789abcdef" * 4


def test_without_variables_the_defaults_hold() -> None:
    """The defaults are the repository's models folder, no pinned hash and a body of 1 MiB."""
    repository = Path(__file__).resolve().parents[2]
    expected = Settings(models=repository / "models", model_sha256="", max_body_bytes=1048576)
    assert Settings.from_environment({}) == expected


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CAUDA_MODELS", "/srv/models", Settings(models=Path("/srv/models"))),
        ("CAUDA_MODEL_SHA256", HASH, Settings(model_sha256=HASH)),
        ("CAUDA_MODEL_SHA256", HASH.upper(), Settings(model_sha256=HASH)),
        ("CAUDA_MODEL_SHA256", "", Settings(model_sha256="")),
        ("CAUDA_MAX_BODY_BYTES", "1024", Settings(max_body_bytes=1024)),
        ("CAUDA_MAX_BODY_BYTES", "999999999", Settings(max_body_bytes=999999999)),
    ],
)
def test_a_variable_sets_its_setting_alone(variable: str, value: str, expected: Settings) -> None:
    """One CAUDA_ variable changes one setting and leaves the others at their default."""
    assert Settings.from_environment({variable: value}) == expected


def test_all_variables_are_read_together() -> None:
    """All settings can be given at once; variables of other programs are ignored."""
    environment = {
        "CAUDA_MODELS": "/m",
        "CAUDA_MODEL_SHA256": HASH,
        "CAUDA_MAX_BODY_BYTES": "2048",
        "PATH": "/usr/bin",
        "cauda_models": "/elsewhere",
        "XCAUDA_MODELS": "/elsewhere",
    }
    assert Settings.from_environment(environment) == Settings(Path("/m"), HASH, 2048)


@pytest.mark.parametrize("variable", ["CAUDA_MODEL", "CAUDA_MAX_BODY", "CAUDA_", "CAUDA_models"])
def test_an_unknown_variable_is_refused(variable: str) -> None:
    """A CAUDA_ variable that is no setting is named beside the ones that are."""
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({variable: "x", "CAUDA_MODELS": "/m"})
    for name in (variable, "CAUDA_MODELS", "CAUDA_MODEL_SHA256", "CAUDA_MAX_BODY_BYTES"):
        assert repr(name) in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CAUDA_MODEL_SHA256", HASH[:-1]),
        ("CAUDA_MODEL_SHA256", HASH + "0"),
        ("CAUDA_MODEL_SHA256", HASH[:-1] + "g"),
        ("CAUDA_MODEL_SHA256", f" {HASH}"),
        ("CAUDA_MODEL_SHA256", f"{HASH}\n"),
        ("CAUDA_MODEL_SHA256", "sha256:" + HASH),
        ("CAUDA_MAX_BODY_BYTES", ""),
        ("CAUDA_MAX_BODY_BYTES", "0"),
        ("CAUDA_MAX_BODY_BYTES", "1023"),
        ("CAUDA_MAX_BODY_BYTES", "1000000000"),
        ("CAUDA_MAX_BODY_BYTES", "-2048"),
        ("CAUDA_MAX_BODY_BYTES", "+2048"),
        ("CAUDA_MAX_BODY_BYTES", "2048.0"),
        ("CAUDA_MAX_BODY_BYTES", "1e6"),
        ("CAUDA_MAX_BODY_BYTES", "1_000_000"),
        ("CAUDA_MAX_BODY_BYTES", " 2048"),
        ("CAUDA_MAX_BODY_BYTES", "2048\n"),
        ("CAUDA_MAX_BODY_BYTES", "1 MiB"),
        ("CAUDA_MAX_BODY_BYTES", "\u0662\u0660\u0664\u0668"),
        ("CAUDA_MAX_BODY_BYTES", "none"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(variable: str, value: str) -> None:
    """A wrong value is refused with the variable, the value and what is expected."""
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({variable: value})
    message = str(refused.value)
    assert message.startswith(f"{variable} is {value!r}, expected ")


@pytest.mark.parametrize(
    ("variable", "value"), [("CAUDA_UNKNOWN", "1"), ("CAUDA_MAX_BODY_BYTES", "lots")]
)
def test_a_wrong_setting_fails_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """An application whose settings are wrong does not start."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError, match=variable):
        create_app()


def test_the_environment_reaches_the_application(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An application without settings of its own takes them from the environment."""
    monkeypatch.setenv("CAUDA_MODELS", str(tmp_path))
    monkeypatch.setenv("CAUDA_MAX_BODY_BYTES", "1024")
    client = create_app().test_client()
    assert client.get("/readyz").status_code == 503
    fits = b'{"present": ["fever"]}'.ljust(1024)
    statuses = [
        client.post("/v1/predict", data=body, content_type="application/json").status_code
        for body in (fits, fits + b" ")
    ]
    assert statuses == [200, 413]
