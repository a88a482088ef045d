"""The shape of a red flag: a conjunction of alternatives, without any way to say no.

A term holds when a finding is present or an attribute has a value. Since no term can ask for an
absent finding, a further present finding can raise a flag but never silence one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from service.clinical.case import Case
from service.clinical.vocabulary import Category, Quantity, Urgency, Vocabulary


@dataclass(frozen=True, slots=True)
class Is:
    """The attribute has this value."""

    attribute: str
    value: str

    def holds(self, case: Case) -> bool:
        """Tell whether the attribute is known to have the value."""
        return case.attributes.get(self.attribute) == self.value


@dataclass(frozen=True, slots=True)
class Above:
    """The attribute is greater than the bound."""

    attribute: str
    bound: float

    def holds(self, case: Case) -> bool:
        """Tell whether the attribute is known to be a number above the bound."""
        value = case.attributes.get(self.attribute)
        return isinstance(value, (int, float)) and value > self.bound


@dataclass(frozen=True, slots=True)
class Below:
    """The attribute is less than the bound."""

    attribute: str
    bound: float

    def holds(self, case: Case) -> bool:
        """Tell whether the attribute is known to be a number below the bound."""
        value = case.attributes.get(self.attribute)
        return isinstance(value, (int, float)) and value < self.bound


Statement = Is | Above | Below
"""What a rule can ask of an attribute."""

Term = str | Statement
"""A finding's id (it is present), or a statement about an attribute."""

Alternatives = tuple[Term, ...]
"""At least one of these terms holds."""


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A rule that sets a floor under the level of a case in which all of `when` hold.

    `suspects` are the conditions that its facts name, if any; `facts` the rows of the documented
    facts that demand it, whose first part names the source, `guidelines` the sources that do so
    besides the documented facts.
    """

    id: str
    level: Urgency
    title: str
    when: tuple[Alternatives, ...]
    suspects: tuple[str, ...]
    facts: tuple[str, ...] = ()
    guidelines: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the facts, each once, and the guidelines."""
        return (*sources_of(self.facts), *self.guidelines)

    def terms(self) -> tuple[Term, ...]:
        """All terms of the rule, in its order."""
        return tuple(term for alternatives in self.when for term in alternatives)

    def is_raised(self, case: Case) -> bool:
        """Tell whether each of the alternatives holds in the case."""
        return all(any(holds(term, case) for term in terms) for terms in self.when)

    def because(self, case: Case) -> tuple[str, ...]:
        """Return the ids of findings and attributes by which the rule holds in the case."""
        return _names([term for terms in self.when for term in terms if holds(term, case)])

    def open(self, case: Case) -> tuple[frozenset[str], ...]:
        """Return the unknown ids of each of the alternatives that do not hold yet."""
        open_ = (terms for terms in self.when if not any(holds(term, case) for term in terms))
        return tuple(frozenset(name(t) for t in terms if is_unknown(t, case)) for terms in open_)

    def ask(self, case: Case) -> tuple[str, ...]:
        """Return the unknown ids that could still raise the flag; none when nothing could."""
        open_ = self.open(case)
        asked = frozenset[str]().union(*open_) if all(open_) else frozenset[str]()
        return tuple(id for id in _names(self.terms()) if id in asked)


def sources_of(facts: Iterable[str]) -> tuple[str, ...]:
    """Return the sources of documented facts, each once: the part of an id before the dash."""
    return tuple(dict.fromkeys(fact.partition("-")[0] for fact in facts))


def holds(term: Term, case: Case) -> bool:
    """Tell whether a term is known to hold."""
    return term in case.present if isinstance(term, str) else term.holds(case)


def is_unknown(term: Term, case: Case) -> bool:
    """Tell whether the case says nothing about a term."""
    if isinstance(term, str):
        return term not in case.present and term not in case.absent
    return term.attribute not in case.attributes


def name(term: Term) -> str:
    """Return the id of the finding or attribute that a term is about."""
    return term if isinstance(term, str) else term.attribute


def faults(flag: RedFlag, vocabulary: Vocabulary) -> list[str]:
    """Return a sentence for each thing in a rule that the vocabulary does not know."""
    found = [_term_fault(term, vocabulary) for term in flag.terms()]
    if not flag.when or not all(flag.when):
        found.append("needs one or more alternatives, none of them empty")
    if not (flag.title and flag.sources):
        found.append("needs a title and facts or guidelines")
    return [f"red flag {flag.id!r}: {fault}" for fault in found if fault]


def _term_fault(term: Term, vocabulary: Vocabulary) -> str:
    if isinstance(term, str):
        return "" if term in vocabulary.findings else f"{term!r} is no finding"
    attribute = vocabulary.attributes.get(term.attribute)
    if isinstance(term, Is):
        known = isinstance(attribute, Category) and term.value in attribute.values
        return "" if known else f"{term.attribute}={term.value} is no value of the vocabulary"
    if isinstance(attribute, Quantity):
        low, high = attribute.minimum, attribute.maximum
        can_hold = low <= term.bound < high if isinstance(term, Above) else low < term.bound <= high
    else:
        can_hold = False
    return "" if can_hold else f"{term.attribute} and {term.bound} are outside the vocabulary"


def _names(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(name, terms)))
