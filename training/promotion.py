"""Promotion: a version serves when it passes its gates, and an earlier one serves again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from service import artefact
from service.features import Encoding
from service.manifest import ModelRefused
from training import compare, export, gates, judgement, registry
from training.judgement import HeldOut, Judgement
from training.registry import CHALLENGER, CHAMPION, RegistryError, Version
from training.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Pair:
    """The challenger and the champion, judged on the same cases.

    `old` is None when there is no champion, or when this service refuses it: `refused` says why.
    """

    new: Judgement
    old: Judgement | None
    refused: str


def compared(on: Workbench, held_out: HeldOut, jobs: int) -> str:
    """Return the challenger against the champion, with the differences that exceed noise."""
    challenger, champion = _challenger(), registry.find(CHAMPION)
    pair = _pair(challenger, champion, on, held_out, jobs)
    if champion is None or pair.old is None:
        why = pair.refused or "There is no champion yet"
        return f"{why}: nothing to compare version {challenger.number} with."
    return (
        f"champion version {champion.number}, challenger version {challenger.number}, on the same"
        " held-out cases; the interval of the difference is the paired bootstrap's 95 %\n"
        + compare.report(compare.differences(pair.old, pair.new))
    )


def promote(on: Workbench, held_out: HeldOut, models: Path, jobs: int) -> str:
    """Let the challenger serve; returns what to tell the user.

    Raises GateError when it may not, and then nothing has changed.
    """
    challenger, champion = _challenger(), registry.find(CHAMPION)
    pair = _pair(challenger, champion, on, held_out, jobs)
    gates.check(pair.new, pair.old)
    if (registry.find(CHALLENGER), registry.find(CHAMPION)) != (challenger, champion):
        raise RegistryError("Meanwhile somebody else has trained or promoted; try again.")
    _serve(challenger, on.encoding, on.ids, models, [*registry.champions(), challenger.number])
    note = f"{pair.refused}: the gates were absolute.\n" if pair.refused else ""
    was = f", version {champion.number} served before" if champion else ""
    return f"{note}{_exported(challenger)}{was}."


def roll_back(encoding: Encoding, conditions: Sequence[str], models: Path) -> str:
    """Let the version that was champion before serve again; returns what to tell the user."""
    before, order = registry.before(), registry.champions()
    _serve(before, encoding, conditions, models, order[:-1])
    return f"Back from version {order[-1]} to {before.number}. {_exported(before)}."


def restore(encoding: Encoding, conditions: Sequence[str], models: Path) -> str:
    """Export the champion again, to a folder that lost it; returns what to tell the user."""
    if (champion := registry.find(CHAMPION)) is None:
        raise RegistryError("There is no champion yet.")
    _serve(champion, encoding, conditions, models, registry.champions())
    return f"{_exported(champion)}."


def _exported(version: Version) -> str:
    return (
        f"Version {version.number} is champion and exported: a service loads it at its start and on"
        " SIGHUP"
    )


def _challenger() -> Version:
    if found := registry.find(CHALLENGER):
        return found
    raise RegistryError("There is no challenger; `make train` makes one.")


def _pair(
    challenger: Version, champion: Version | None, on: Workbench, held_out: HeldOut, jobs: int
) -> Pair:
    if champion == challenger:
        raise RegistryError(
            f"Version {challenger.number} is champion and challenger at once;"
            " `make train` makes another challenger."
        )
    new = _judged(challenger, on, held_out, jobs)
    _insist_on_data(challenger, new, held_out)
    if champion is None:
        return Pair(new, None, "")
    try:
        old = _judged(champion, on, held_out, jobs)
    except ModelRefused as error:
        return Pair(
            new, None, f"The champion, version {champion.number}, cannot be asked ({error})"
        )
    if old.learned_own and held_out.own is None:
        raise RegistryError(
            f"The champion, version {champion.number}, learned from somebody's own cases; name them"
            " by DATA, or nobody would see what is lost on them."
        )
    return Pair(new, old, "")


def _insist_on_data(version: Version, judged: Judgement, held_out: HeldOut) -> None:
    """Refuse to judge a model that learned from somebody's own cases without a part of these."""
    if not judged.learned_own:
        return
    learned = judged.said.model.manifest.data["own"]["sha256"]
    if learned != held_out.own_sha256:
        given = f"has SHA-256 {held_out.own_sha256}" if held_out.own_sha256 else "is not given"
        raise RegistryError(
            f"Version {version.number} learned from cases of SHA-256 {learned}, but DATA {given};"
            " name the same file by DATA."
        )


def _judged(version: Version, on: Workbench, held_out: HeldOut, jobs: int) -> Judgement:
    with TemporaryDirectory() as folder:
        found = registry.fetch(version, Path(folder))
        loaded = artefact.load(found, on.encoding, list(on.conditions))
        size = (found / artefact.ARTEFACT).stat().st_size
    return judgement.judged(loaded, size, on, held_out, jobs)


def _serve(
    version: Version, encoding: Encoding, conditions: Sequence[str], models: Path, order: list[str]
) -> None:
    """Verify a version's files, move the alias, then put the files in the place of those served."""
    before = registry.champions()
    with TemporaryDirectory() as folder:
        found = registry.fetch(version, Path(folder))
        with export.verified(found, models, encoding, conditions) as place:
            try:
                registry.crown(order)
                place()
            except BaseException:
                registry.crown(before)
                raise
