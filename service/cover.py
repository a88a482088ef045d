"""The cover: the fewest questions that screen every open flag, if all of them are denied.

A flag is screened when one group of its alternatives is wholly denied. Which groups to deny with
the fewest questions is a set cover, solved greedily (Johnson, J Comput Syst Sci 1974;9:256-278).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.clinical.case import Case
from service.clinical.rule import RedFlag
from service.clinical.vocabulary import Vocabulary

Ids = frozenset[str]
Open = tuple[Ids, ...]
"""An unscreened flag: the groups of unknown ids of which one is to be denied."""

Screens = dict[Ids, int]
"""The flags that a group screens when it is denied, as bits: a set that is counted fast."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Questions to ask together, what they deny, the groups that this has a part of, and `flags`.

    These are the flags, as bits, of all those groups: it can screen no others.
    """

    questions: tuple[str, ...]
    denies: Ids
    groups: Screens
    flags: int


def cover(flags: Iterable[RedFlag], case: Case, vocabulary: Vocabulary, hard: Ids) -> list[str]:
    """Return the questions that screen all flags, those first that screen most of them.

    `flags` are unscreened in the case. A hard question comes after all others, and is asked only
    where a flag cannot be screened without one.
    """
    whole = [flag.open(case) for flag in flags]
    easy = [tuple(group for group in flag if not group & hard) for flag in whole]
    asked: list[str] = []
    for groups in (easy, whole):
        asked += _covered(_screens(groups), _denied(asked, vocabulary), case, vocabulary)
    return sorted(_needed(asked, _screens(whole), vocabulary), key=hard.__contains__)


def _screens(flags: Sequence[Open]) -> Screens:
    screens: Screens = {}
    for i, flag in enumerate(flags):
        for group in flag:
            screens[group] = screens.get(group, 0) | 1 << i
    return screens


def _screened(screens: Screens, denied: Ids) -> int:
    """Return the flags, as bits, of which a group is wholly denied."""
    found = 0
    for group, flags in screens.items():
        if group <= denied:
            found |= flags
    return found


def _covered(screens: Screens, denied: Ids, case: Case, vocabulary: Vocabulary) -> list[str]:
    """Return what to ask, besides what is denied already, until all flags are screened."""
    asked: list[str] = []
    every = _screened(screens, frozenset().union(*screens))
    plans: list[Plan] = []
    while open_ := every & ~_screened(screens, denied):
        plans = plans or _plans(screens, case, vocabulary)
        best = _best(plans, denied, open_)
        asked += [id for id in best.questions if id not in denied]
        denied |= best.denies
    return asked


def _plans(screens: Screens, case: Case, vocabulary: Vocabulary) -> list[Plan]:
    """Return two ways to deny each group: by its own ids, and by what these imply."""
    about: dict[str, Screens] = {}
    for group, flags in screens.items():
        for id in group:
            about.setdefault(id, {})[group] = flags
    broadest = {id: _broadest(id, case, vocabulary) for id in about}
    ways: dict[Ids, None] = {}
    for group in screens:
        ways[_least(group, vocabulary)] = None
        ways[_least(frozenset(broadest[id] for id in group), vocabulary)] = None
    return [_plan(questions, about, vocabulary) for questions in ways]


def _plan(questions: Ids, about: Mapping[str, Screens], vocabulary: Vocabulary) -> Plan:
    denies = _denied(questions, vocabulary)
    parts: Screens = {}
    for id in denies & about.keys():
        parts |= about[id]
    flags = 0
    for bits in parts.values():
        flags |= bits
    return Plan(tuple(sorted(questions)), denies, parts, flags)


def _best(plans: Sequence[Plan], denied: Ids, open_: int) -> Plan:
    """Return the plan that screens most of the open flags for each of its questions."""
    best, most = plans[0], 0.0
    for plan in plans:
        # Most plans cannot beat the best so far, even with all flags that they are about.
        if (able := (plan.flags & open_).bit_count()) <= most:
            continue
        new = sum([id not in denied for id in plan.questions])
        if new and able / new > most:
            screened = _screened(plan.groups, denied | plan.denies) & open_
            if (worth := screened.bit_count() / new) > most:
                best, most = plan, worth
    return best


def _least(ids: Ids, vocabulary: Vocabulary) -> Ids:
    """Leave out what is denied with another one."""
    return frozenset(id for id in ids if not vocabulary.implied.get(id, frozenset()) & (ids - {id}))


def _broadest(id: str, case: Case, vocabulary: Vocabulary) -> str:
    """Return the unknown finding that, denied, denies this one and most others."""
    above = vocabulary.implied.get(id, frozenset({id})) - case.present
    return max(sorted(above), key=lambda one: len(vocabulary.implying.get(one, ())))


def _denied(questions: Iterable[str], vocabulary: Vocabulary) -> Ids:
    none: Ids = frozenset()
    return none.union(*(vocabulary.implying.get(id, (id,)) for id in questions))


def _needed(asked: Sequence[str], screens: Screens, vocabulary: Vocabulary) -> list[str]:
    """Leave out, from the last to the first, what the others make superfluous."""
    kept, every = list(asked), _screened(screens, _denied(asked, vocabulary))
    for id in reversed(asked):
        denied = _denied([one for one in kept if one != id], vocabulary)
        if _screened(screens, denied) == every:
            kept.remove(id)
    return kept
