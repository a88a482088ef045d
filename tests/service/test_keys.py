import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service import keys
from service.keys import KeyFileError
from tests.service.key import digest

ROOT = Path(__file__).parents[2]


def command(path: Path | str, *arguments: str) -> subprocess.Popen[str]:
    """Start `python -m service` with a file of keys."""
    return subprocess.Popen(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env={**os.environ, "CAUDA_KEYS": str(path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return how a command ended: exit code, output and errors."""
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def test_good_lines_count_and_others_are_told_by_number() -> None:
    """A faulty line is no key, is named by its number alone, and leaves the good lines valid."""
    lines = [
        "# the keys of the ward",
        "",
        f"ward-1 {digest('one')}",
        f"  ward.2\t{digest('two').upper()} \r",
        f"ward-1 {digest('three')}",
        f"ward_3 {digest('one')}",
        f"ward-4 {digest('four')[:-1]}",
        f"ward 5 {digest('five')}",
        f"wärd {digest('six')}",
        digest("seven"),
        f"{'a' * 65} {digest('eight')}",
        f"ward-9 {digest('nine')} # not here",
        f"{'b' * 64} {digest('ten')}",
    ]
    found, faults = keys.parse("\n".join(lines).encode("latin-1"))
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    valid = {key: found.name(key) for key in names}
    expected = {"one": "ward-1", "two": "ward.2", "ten": "b" * 64}
    assert valid == dict.fromkeys(names) | expected
    assert [fault.split(":")[0] for fault in faults] == [
        f"line {number}" for number in (5, 6, 7, 8, 9, 10, 11, 12)
    ]
    assert "stands on a line before" in faults[0]
    assert "stands on a line before, under another name" in faults[1]
    assert all("64 hexadecimal digits" in fault for fault in faults[2:])
    assert not [line for line in lines if line and line in " ".join(faults)]


def test_only_the_whole_key_is_valid() -> None:
    """Neither the hash, nor a part, nor another case, nor nothing stands for a key."""
    found, _ = keys.parse(f"a {digest('Secret')}\n".encode())
    tried = ("Secret", "secret", "Secre", "Secret ", "", digest("Secret"), "a")
    assert [found.name(key) for key in tried] == ["a", *[None] * 6]


def test_a_start_refuses_a_faulty_file_and_tells_every_fault(tmp_path: Path) -> None:
    """The strict reader names each faulty line and what it expects, and gives no key."""
    path = tmp_path / "keys"
    path.write_text(f"a {digest('one')}\nsecret\nb {digest('two')} x\n", encoding="utf-8")
    with pytest.raises(KeyFileError) as refused:
        keys.read(path)
    message = str(refused.value)
    assert message.startswith(f"The file of keys {path} has faults: line 2: expected a name")
    assert "; line 3: expected" in message
    assert "secret" not in message


@pytest.mark.parametrize("kind", ["missing", "a folder"])
def test_a_file_that_cannot_be_read_gives_no_key(tmp_path: Path, kind: str) -> None:
    """Without its file the strict reader refuses, and the lenient one knows no key: closed."""
    path = tmp_path / "missing" if kind == "missing" else tmp_path
    with pytest.raises(KeyFileError, match="cannot be read: "):
        keys.read(path)
    found, faults = keys.read_leniently(path)
    assert found.name("") is None
    assert len(faults) == 1
    assert "cannot be read" in faults[0]


@pytest.mark.parametrize("text", ["", "# none yet\n", "faulty\n", None])
def test_a_file_without_a_key_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    """Where no key is left the log says that nobody is let in; one key, and it says nothing."""
    path = tmp_path / "keys"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    keys.read_leniently(path)
    assert caplog.messages == [f"the file of keys {path} holds no key: nobody is let in"]
    path.write_text(f"a {digest('one')}\n", encoding="utf-8")
    keys.read_leniently(path)
    assert len(caplog.messages) == 1


def test_the_command_shows_a_new_key_once(tmp_path: Path) -> None:
    """The key has 256 bits, its hash alone is in a file for its owner alone, and it is valid."""
    path = tmp_path / "keys"
    code, output, errors = finished(command(path, "key", "ward-1"))
    key = output.removesuffix("\n")
    assert (code, len(base64.urlsafe_b64decode(key + "="))) == (0, 32)
    assert path.read_text(encoding="utf-8") == f"ward-1 {digest(key)}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.read(path).name(key) == "ward-1"
    assert key not in errors
    assert all(said in errors for said in ("only time", str(path), "SIGHUP"))


def test_what_the_file_holds_stays(tmp_path: Path) -> None:
    """Lines, owner, mode and a link to the file are as before; the new line comes last."""
    path, link = tmp_path / "keys", tmp_path / "link"
    before = f"# ours\r\n\n  a\t{digest('one').upper()}".encode()
    path.write_bytes(before)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    was = path.stat()
    link.symlink_to(path)
    key = keys.add(link, "b")
    now = path.stat()
    assert path.read_bytes() == before + f"\nb {digest(key)}\n".encode()
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    assert link.is_symlink()
    found = keys.read(path)
    assert (found.name("one"), found.name(key)) == ("a", "b")
    assert {entry.name for entry in tmp_path.iterdir()} == {"keys", "link"}


def test_keys_that_are_made_at_once_are_all_kept(tmp_path: Path) -> None:
    """Commands that run at the same time lose no line of each other."""
    path = tmp_path / "keys"
    running = [command(path, "key", f"ward-{i}") for i in range(6)]
    made = [finished(process) for process in running]
    found = keys.read(path)
    assert {found.name(output.strip()) for _, output, _ in made} == {f"ward-{i}" for i in range(6)}


@pytest.mark.parametrize("name", ["", "a b", "a\n", "wärd", "a" * 65, "a:b"])
def test_a_name_that_is_not_allowed_is_refused(tmp_path: Path, name: str) -> None:
    """A name that could not be read back makes no file, and the error says what is allowed."""
    with pytest.raises(KeyFileError) as refused:
        keys.add(tmp_path / "keys", name)
    assert str(refused.value).startswith(f"The name is {name!r}, expected 1 to 64 letters")
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"a {digest('one')}\n", "There is a key of the name a already"),
        ("what is this\n", "has faults: line 1: "),
    ],
)
def test_a_file_that_cannot_take_a_key_stays(tmp_path: Path, text: str, reason: str) -> None:
    """A taken name and a faulty file are refused with a reason; nothing is written or shown."""
    path = tmp_path / "keys"
    path.write_text(text, encoding="utf-8")
    code, output, errors = finished(command(path, "key", "a"))
    assert (code, output) == (1, "")
    assert reason in errors
    assert path.read_text(encoding="utf-8") == text
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "CAUDA_KEYS is empty"),
        ("/nowhere/keys", "There is no folder /nowhere for the file of keys: make it first."),
    ],
)
def test_a_key_that_cannot_be_kept_is_not_shown(path: str, reason: str) -> None:
    """Without a file to write to, the command ends with one line and no key."""
    code, output, errors = finished(command(path, "key", "a"))
    assert (code, output) == (1, "")
    assert errors.startswith(reason)
    assert errors.count("\n") == 1
