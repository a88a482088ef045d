"""A case: what is stated about one person, closed under what findings imply."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from service.clinical.vocabulary import Vocabulary

Value = float | str


class Contradiction(ValueError):
    """A finding is stated present while one that it implies, or it itself, is stated absent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One person: `present` and `absent` are closed under `implies` both ways.

    What is in neither is unknown, never absent; an attribute that is missing is unknown too.
    `stated` holds the findings that were stated themselves, before the closure. `passed_over`
    holds findings and attributes that nobody knows: they are not asked for again, and no rule and
    no model looks at them.
    """

    present: frozenset[str]
    absent: frozenset[str]
    attributes: Mapping[str, Value]
    stated: frozenset[str]
    passed_over: frozenset[str] = frozenset()

    @property
    def answers(self) -> int:
        """The number of findings stated present or absent, before `implies`."""
        return len(self.stated)


def contradictions(
    present: Collection[str], absent: Collection[str], vocabulary: Vocabulary
) -> list[tuple[str, str]]:
    """Return each pair (stated present, stated absent) of which the first implies the second."""
    return [(p, a) for a in absent for p in present if a in vocabulary.implied[p]]


def read(
    present: Collection[str],
    absent: Collection[str],
    attributes: Mapping[str, Value],
    vocabulary: Vocabulary,
    passed_over: Collection[str] = (),
) -> Case:
    """Return the case, closed both ways, of ids and values that the vocabulary knows.

    Raises Contradiction when `contradictions` holds a pair.
    """
    none: frozenset[str] = frozenset()
    implied = none.union(*map(vocabulary.implied.__getitem__, present))
    if not implied.isdisjoint(absent):
        pairs = contradictions(present, absent, vocabulary)
        raise Contradiction("; ".join(f"{p} implies {a}, stated absent" for p, a in pairs))
    return Case(
        present=implied,
        absent=none.union(*map(vocabulary.implying.__getitem__, absent)),
        attributes=attributes,
        stated=frozenset(present) | frozenset(absent),
        passed_over=frozenset(passed_over),
    )
