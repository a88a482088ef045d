"""The lineage of findings: in which order those that `implies` connects are drawn."""

from dataclasses import dataclass
from graphlib import TopologicalSorter

from service.clinical import table
from service.clinical.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Step:
    """A finding that is drawn given another one, both by their place in the vocabulary.

    `is_above` tells that the finding implies the other; else the other implies the finding.
    """

    finding: int
    other: int
    is_above: bool


def parents(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return for each finding what it implies directly, without what follows from the rest."""
    return {
        id: tuple(
            parent
            for parent in finding.implies
            if not any(
                parent in vocabulary.implied[other] for other in finding.implies if other != parent
            )
        )
        for id, finding in vocabulary.findings.items()
    }


def lineage(vocabulary: Vocabulary) -> tuple[Step, ...]:
    """Return the steps in an order in which each comes after that of its other finding.

    A finding is drawn given the first that it implies; what else it implies is drawn given it,
    and so may be implied by nothing else and imply nothing. Raises TableError when it does.
    """
    position = {id: i for i, id in enumerate(vocabulary.findings)}
    given: dict[str, tuple[str, bool]] = {}
    for id, above in parents(vocabulary).items():
        for parent, *others in [above] if above else []:
            given[id] = (parent, True)
            given |= dict.fromkeys(others, (id, False))
    for id, (other, is_above) in given.items():
        if not is_above and (
            vocabulary.findings[id].implies or vocabulary.implying[id] != {id, other}
        ):
            raise table.TableError([f"{id} is implied in a way that cannot be drawn"])
    order = TopologicalSorter({id: {other} for id, (other, _) in given.items()}).static_order()
    return tuple(
        Step(position[id], position[given[id][0]], given[id][1]) for id in order if id in given
    )
