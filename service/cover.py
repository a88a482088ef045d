"""The cover: the fewest questions that screen every open flag, if all of them are denied.

A flag is screened when one group of its alternatives is wholly denied. Which groups to deny with
the fewest questions is a set cover, solved greedily (Johnson, J Comput Syst Sci 1974;9:256-278).

A flag that what was passed over keeps from being screened can still be raised by something else.
Then that is denied instead: nothing that can still be asked for raises the flag any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.clinical.case import Case
from service.clinical.rule import RedFlag
from service.clinical.vocabulary import Vocabulary

Ids = frozenset[str]
Open = tuple[Ids, ...]
"""An open flag: the groups of unknown ids of which one is to be denied."""

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
    """Return the questions that screen all flags, the hard ones last.

    `flags` are unscreened in the case. A hard question is asked only where a flag cannot be
    screened without one, and none that the case passes over.
    """
    whole = [flag.open(case) for flag in flags]
    if case.passed_over:
        whole = [_askable(groups, case, vocabulary) for groups in whole]
    unasked = case.present | case.passed_over
    easy = [tuple(group for group in flag if not group & hard) for flag in whole]
    asked: list[str] = []
    for groups in (easy, whole):
        asked += _covered(_screens(groups), _denied(asked, vocabulary), unasked, vocabulary)
    return sorted(_needed(asked, _screens(whole), vocabulary), key=hard.__contains__)


def _askable(flag: Open, case: Case, vocabulary: Vocabulary) -> Open:
    """Return the groups that can be denied without what is passed over.

    Where none can, return what could still make each group hold: all that implies something of it.
    A group that nothing can make hold leaves no group, for then no answer raises the flag.
    """
    unasked = case.present | case.passed_over
    deniable = [group for group in flag if all(_above(id, unasked, vocabulary) for id in group)]
    raising = [_denied(group, vocabulary) - unasked - case.absent for group in flag]
    return tuple(deniable or (raising if all(raising) else ()))


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


def _covered(screens: Screens, denied: Ids, unasked: Ids, vocabulary: Vocabulary) -> list[str]:
    """Return what to ask, besides what is denied already, until all flags are screened."""
    asked: list[str] = []
    every = _screened(screens, frozenset().union(*screens))
    plans: list[Plan] = []
    while open_ := every & ~_screened(screens, denied):
        plans = plans or _plans(screens, unasked, vocabulary)
        best = _best(plans, denied, open_)
        asked += [id for id in best.questions if id not in denied]
        denied |= best.denies
    return asked


def _plans(screens: Screens, unasked: Ids, vocabulary: Vocabulary) -> list[Plan]:
    """Return two ways to deny each group: by its own ids, if they are asked, or what they imply."""
    about: dict[str, Screens] = {}
    for group, flags in screens.items():
        for id in group:
            about.setdefault(id, {})[group] = flags
    broadest = {id: _broadest(id, unasked, vocabulary) for id in about}
    ways: dict[Ids, None] = {}
    for group in screens:
        own = group - unasked | {broadest[id] for id in group & unasked}
        ways[_least(own, vocabulary)] = None
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


def _broadest(id: str, unasked: Ids, vocabulary: Vocabulary) -> str:
    """Return the finding to ask for that, denied, denies this one and most others."""
    above = sorted(_above(id, unasked, vocabulary))
    return max(above, key=lambda one: len(vocabulary.implying.get(one, ())))


def _above(id: str, unasked: Ids, vocabulary: Vocabulary) -> Ids:
    """Return what denies an unknown id, itself included, without what is not asked."""
    return vocabulary.implied.get(id, frozenset({id})) - unasked


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
