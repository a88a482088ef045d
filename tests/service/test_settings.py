from pathlib import Path

import pytest

from service.app import create_app
from service.settings import SettingError, Settings

HASH = "0123456789abcdef" * 4

EVERYONE = "0.0.0.0"  # noqa: S104  # is refused, and never listened on


def test_without_variables_the_defaults_hold() -> None:
    """The defaults are the repository's models folder, no keys, a body of 1 MiB, 1000 cases."""
    repository = Path(__file__).resolve().parents[2]
    expected = Settings(
        models=repository / "models",
        model_sha256="",
        max_body_bytes=1048576,
        max_cases=1000,
        keys=None,
        requests_per_minute=600,
        trusted_hosts=(),
        allow_no_keys=False,
        page=True,
    )
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
        ("CAUDA_MAX_CASES", "1", Settings(max_cases=1)),
        ("CAUDA_MAX_CASES", "1000", Settings(max_cases=1000)),
        ("CAUDA_KEYS", "/etc/cauda/keys", Settings(keys=Path("/etc/cauda/keys"))),
        ("CAUDA_KEYS", "", Settings(keys=None)),
        ("CAUDA_REQUESTS_PER_MINUTE", "1", Settings(requests_per_minute=1)),
        ("CAUDA_REQUESTS_PER_MINUTE", "1000000", Settings(requests_per_minute=1000000)),
        ("CAUDA_TRUSTED_HOSTS", "", Settings(trusted_hosts=())),
        (
            "CAUDA_TRUSTED_HOSTS",
            "Cauda.Example,10.0.0.7,[2001:db8::1]",
            Settings(trusted_hosts=("cauda.example", "10.0.0.7", "[2001:db8::1]")),
        ),
        ("CAUDA_ALLOW_NO_KEYS", "yes", Settings(allow_no_keys=True)),
        ("CAUDA_ALLOW_NO_KEYS", "", Settings(allow_no_keys=False)),
        ("CAUDA_PAGE", "on", Settings(page=True)),
        ("CAUDA_PAGE", "off", Settings(page=False)),
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
        ("CAUDA_MODELS", ""),
        ("CAUDA_MAX_CASES", "0"),
        ("CAUDA_MAX_CASES", "1001"),
        ("CAUDA_REQUESTS_PER_MINUTE", "0"),
        ("CAUDA_REQUESTS_PER_MINUTE", "1000001"),
        ("CAUDA_TRUSTED_HOSTS", "cauda.example:8000"),
        ("CAUDA_TRUSTED_HOSTS", "cauda.example, localhost"),
        ("CAUDA_TRUSTED_HOSTS", "cauda.example,"),
        ("CAUDA_TRUSTED_HOSTS", "::1"),
        ("CAUDA_TRUSTED_HOSTS", "*"),
        ("CAUDA_ALLOW_NO_KEYS", "no"),
        ("CAUDA_ALLOW_NO_KEYS", "1"),
        ("CAUDA_ALLOW_NO_KEYS", "YES"),
        ("CAUDA_PAGE", ""),
        ("CAUDA_PAGE", "no"),
        ("CAUDA_PAGE", "OFF"),
        ("CAUDA_PAGE", "off "),
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


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), ("localhost", "127.0.0.1", "[::1]")),
        (Settings(allow_no_keys=True), ("localhost", "127.0.0.1", "[::1]")),
        (Settings(keys=Path("keys")), ()),
        (Settings(trusted_hosts=("a.example",)), ("a.example",)),
        (Settings(trusted_hosts=("a.example",), keys=Path("keys")), ("a.example",)),
    ],
)
def test_without_keys_the_host_is_this_machine(
    settings: Settings, expected: tuple[str, ...]
) -> None:
    """Without keys the names of the own machine are taken, with keys any, and always a list."""
    assert settings.hosts() == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_needs_no_keys(host: str) -> None:
    """A service that nobody else reaches may be without keys."""
    Settings().check_exposure([host])


@pytest.mark.parametrize(
    "host", [EVERYONE, "::", "", "10.0.0.7", "cauda.example", "localhost.example", "127.0.0.1.nip"]
)
def test_another_address_needs_keys_or_a_word(host: str) -> None:
    """Where others reach the service, it has keys or the operator said that it needs none."""
    with pytest.raises(SettingError) as refused:
        Settings().check_exposure(["127.0.0.1", host])
    for named in (repr(host), "CAUDA_KEYS", "CAUDA_ALLOW_NO_KEYS=yes"):
        assert named in str(refused.value)
    Settings(keys=Path("keys")).check_exposure([host])
    Settings(allow_no_keys=True).check_exposure([host])
