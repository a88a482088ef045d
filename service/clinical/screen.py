"""The screen: a table of rules in the form in which a case is screened fast.

What a rule means stands in `service.clinical.rule`; here each term of the table is one bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from service.clinical.case import Case
from service.clinical.rule import RedFlag, Statement, Term, name
from service.clinical.vocabulary import Urgency

Unscreened = tuple[RedFlag, tuple[str, ...]]
"""A flag that is not raised but could still be, with the unknown ids to ask for."""


class _Line(NamedTuple):
    """A rule in bits: those of all its terms, of each of its alternatives and of each id.

    `unknown` is what the rule is to a case that says nothing about it.
    """

    flag: RedFlag
    terms: int
    when: tuple[int, ...]
    ids: tuple[tuple[str, int], ...]
    unknown: Unscreened

    def is_raised(self, holding: int) -> bool:
        """Tell whether each of the alternatives has a term that holds."""
        for alternatives in self.when:  # noqa: SIM110  # a generator takes three times as long
            if not holding & alternatives:
                return False
        return True

    def unscreened(self, holding: int, unknown: int) -> Unscreened | None:
        """Return the ids of the unknown terms of alternatives that do not hold yet.

        None when all of them hold, or when one can no longer hold.
        """
        open_ = 0
        for alternatives in self.when:
            if not holding & alternatives:
                if not unknown & alternatives:
                    return None
                open_ |= unknown & alternatives
        if open_ == self.terms:  # as of most rules: nothing has to be made for them
            return self.unknown
        return (self.flag, tuple([id for id, bits in self.ids if bits & open_])) if open_ else None


class Screen:
    """A table of rules in the form in which a case is screened fast: each term is a bit.

    Of a case two numbers are made, with the bits of the terms that hold in it, and of those of
    which it says nothing. What they have in common with the bits of a rule is then what
    `RedFlag.is_raised` and `RedFlag.ask` say of the rule, which are the plain wording of it.
    """

    def __init__(self, flags: Sequence[RedFlag]) -> None:
        terms = dict.fromkeys(term for flag in flags for term in flag.terms())
        bits = {term: 1 << place for place, term in enumerate(terms)}
        self._all = sum(bits.values())
        self._findings = {term: bit for term, bit in bits.items() if isinstance(term, str)}
        self._statements: dict[str, list[tuple[Statement, int]]] = {}
        for term, bit in bits.items():
            if not isinstance(term, str):
                self._statements.setdefault(term.attribute, []).append((term, bit))
        ordered = sorted(flags, key=lambda flag: -flag.level)
        self._lines = tuple(_line(flag, bits) for flag in ordered)
        self._emergencies = tuple(
            line for line in self._lines if line.flag.level is Urgency.EMERGENCY
        )

    def raised(self, case: Case) -> tuple[RedFlag, ...]:
        """Return the flags that the case raises, the most urgent first."""
        holding, _ = self._bits(case)
        return self._raised(holding)

    def screened(self, case: Case) -> tuple[tuple[RedFlag, ...], tuple[Unscreened, ...]]:
        """Return all flags that the case raises, and the unscreened of level emergency."""
        holding, unknown = self._bits(case)
        return self._raised(holding), _open(self._emergencies, holding, unknown)

    def _raised(self, holding: int) -> tuple[RedFlag, ...]:
        return tuple([line.flag for line in self._lines if line.is_raised(holding)])

    def _bits(self, case: Case) -> tuple[int, int]:
        holding = failing = 0
        for id in case.present:
            holding |= self._findings.get(id, 0)
        for id in case.absent:
            failing |= self._findings.get(id, 0)
        for attribute in case.attributes:
            for statement, bit in self._statements.get(attribute, ()):
                if statement.holds(case):
                    holding |= bit
                else:
                    failing |= bit
        return holding, self._all & ~(holding | failing)


def _open(lines: Iterable[_Line], holding: int, unknown: int) -> tuple[Unscreened, ...]:
    return tuple([ask for line in lines if (ask := line.unscreened(holding, unknown))])


def _line(flag: RedFlag, bits: Mapping[Term, int]) -> _Line:
    about: dict[str, int] = {}
    for term in flag.terms():
        about[name(term)] = about.get(name(term), 0) | bits[term]
    when = tuple(sum({bits[term] for term in terms}) for terms in flag.when)
    return _Line(flag, sum(about.values()), when, tuple(about.items()), (flag, tuple(about)))
