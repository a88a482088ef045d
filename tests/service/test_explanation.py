import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from service.assessment import assess
from service.clinical import catalogue
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Vocabulary
from service.explanation import Reason, explain
from service.model import Model
from service.opinion import Ranking


@pytest.fixture(scope="module")
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of this installation."""
    return catalogue.read(words).conditions


@pytest.fixture
def leg(words: Vocabulary) -> Case:
    """A case with a finding that implies others, one denied, and two attributes."""
    attributes: dict[str, float | str] = {"age_years": 44, "onset": "sudden"}
    return read(["pain_below_knee", "lower_back_pain"], ["fever"], attributes, words)


class Watched:
    """A model that remembers what it was asked, and may change what it says."""

    def __init__(self, model: Model, change: Any = None) -> None:
        self.thresholds = model.thresholds
        self.asked: list[Sequence[Case]] = []
        self._model, self._change = model, change

    def rank(self, cases: Sequence[Case], setting: str) -> list[Ranking]:
        """Rank as the model does, and change it."""
        self.asked.append(cases)
        rankings = self._model.rank(cases, setting)
        return self._change(cases, rankings) if self._change else rankings


def explained(
    case: Case, setting: str, model: Any, words: Vocabulary, conditions: Mapping[str, Condition]
) -> list[Reason]:
    """Explain a case as a caller would."""
    (assessment,) = assess([case], setting, model, conditions)
    return explain(case, assessment, setting, model, words, conditions)


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds."""
    return math.log(probability) - math.log1p(-probability)


@pytest.mark.parametrize("setting", ["balanced", "general_public"])
def test_weight_is_the_fall_in_log_odds(
    setting: str, leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Each weight is that of the case told again without the one thing, under the same prior."""
    a, o = leg.attributes["age_years"], leg.attributes["onset"]
    present, both = ["pain_below_knee", "lower_back_pain"], {"age_years": a, "onset": o}
    less = {
        ("pain_below_knee", "present"): read(present[1:], ["fever"], both, words),
        ("lower_back_pain", "present"): read(present[:1], ["fever"], both, words),
        ("fever", "absent"): read(present, [], both, words),
        ("age_years", "given"): read(present, ["fever"], {"onset": o}, words),
        ("onset", "given"): read(present, ["fever"], {"age_years": a}, words),
    }
    (whole,) = model.rank([leg], setting)
    leading = sorted(whole.probabilities, key=whole.probabilities.__getitem__, reverse=True)[:3]

    reasons = explained(leg, setting, model, words, conditions)

    expected = {
        (*thing, id): log_odds(whole.probabilities[id]) - log_odds(ranking.probabilities[id])
        for thing, ranking in zip(less, model.rank(list(less.values()), setting), strict=True)
        for id in leading
    }
    found = {(r.stated, r.state, r.condition): r.weight for r in reasons}
    assert found == pytest.approx(expected, abs=6e-5)
    assert [r.weight for r in reasons] == sorted(found.values(), reverse=True)


def test_what_only_the_left_out_finding_implied_is_unknown(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Without the pain below the knee nothing is known of leg pain; the back pain stays."""
    watched = Watched(model)
    explained(leg, "balanced", watched, words, conditions)

    _, variants = watched.asked
    (without,) = [one for one in variants if "pain_below_knee" not in one.present]
    assert leg.present - without.present == {
        "pain_below_knee",
        "pain_radiating_down_leg",
        "leg_pain",
    }


def test_all_variants_are_asked_at_once(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """The model is asked once for the case and once for all five things that were stated."""
    watched = Watched(model)
    explained(leg, "balanced", watched, words, conditions)
    assert [len(cases) for cases in watched.asked] == [1, 5]


def test_withheld_conditions_are_not_explained(
    model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Under an emergency flag the reasons name the three leading ones of what is shown."""
    case = read(["saddle_numbness", "buttock_pain", "worse_sitting"], (), {}, words)
    (assessment,) = assess([case], "balanced", model, conditions)

    reasons = explain(case, assessment, "balanced", model, words, conditions)

    assert assessment.withheld
    assert {r.condition for r in reasons} == set(list(assessment.conditions)[:3])
    assert not {r.condition for r in reasons} & assessment.withheld.keys()


def test_excluded_conditions_are_not_explained(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """What has probability 0 does not lead, however short the list; what is left is explained."""
    (assessment,) = assess([leg], "balanced", model, conditions)
    two = dict(list(assessment.conditions.items())[:2]) | {"shingles": 0.0}

    reasons = explain(
        leg, replace(assessment, conditions=two), "balanced", model, words, conditions
    )

    assert {r.condition for r in reasons} == two.keys() - {"shingles"}


def test_exclusion_that_a_finding_brings_is_in_its_weight(
    model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Without involuntary defecation piriformis syndrome is possible again and takes its share."""
    case = read(["fecal_incontinence", "buttock_pain"], (), {}, words)
    (whole,) = assess([case], "balanced", model, conditions)
    (alone,) = assess([read(["buttock_pain"], (), {}, words)], "balanced", model, conditions)
    first, p = next(iter(whole.conditions.items()))

    reasons = explain(case, whole, "balanced", model, words, conditions)

    (weight,) = [
        r.weight for r in reasons if (r.stated, r.condition) == ("fecal_incontinence", first)
    ]
    without = {**alone.conditions, **alone.withheld}[first]
    assert weight == pytest.approx(log_odds(p) - log_odds(without), abs=6e-5)


def test_certainty_has_a_finite_weight(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """A condition that is certain with a finding and impossible without has the greatest weight."""
    first = min(conditions)

    def change(cases: Sequence[Case], rankings: Sequence[Ranking]) -> list[Ranking]:
        sure = {id: float(id == first) for id in conditions}
        not_so = {id: 0.0 if id == first else 1 / (len(conditions) - 1) for id in conditions}
        return [
            replace(ranking, probabilities=sure if "lower_back_pain" in case.present else not_so)
            for case, ranking in zip(cases, rankings, strict=True)
        ]

    reasons = explained(leg, "balanced", Watched(model, change), words, conditions)

    limit = 2 * math.log((1 - 1e-12) / 1e-12)
    assert replace(reasons[0], weight=0) == Reason("lower_back_pain", "present", first, 0)
    assert reasons[0].weight == pytest.approx(limit, abs=1e-3)
    assert {r.weight for r in reasons[1:]} == {0.0}
    # Equal weights stand in the order of the vocabulary.
    assert [r.stated for r in reasons[1:]] == ["pain_below_knee", "fever", "age_years", "onset"]


def test_weight_of_nothing_is_no_negative_zero(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """A fall in log-odds of less than can be shown is 0.0, whether it rose or fell."""
    ranking = dict.fromkeys(conditions, 1 / len(conditions))
    first, second, *_ = conditions

    def change(cases: Sequence[Case], rankings: Sequence[Ranking]) -> list[Ranking]:
        less = ranking | {first: ranking[first] + 1e-9, second: ranking[second] - 1e-9}
        said = ranking if len(cases) == 1 else less
        return [replace(one, probabilities=said) for one in rankings]

    reasons = explained(leg, "balanced", Watched(model, change), words, conditions)

    assert {str(reason.weight) for reason in reasons} == {"0.0"}


def test_unusable_variant_is_left_out(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """A ranking that is no distribution costs the reasons of that one thing."""

    def change(cases: Sequence[Case], rankings: Sequence[Ranking]) -> list[Ranking]:
        broken = dict.fromkeys(conditions, 0.0)
        return [
            replace(ranking, probabilities=broken) if "fever" not in case.absent else ranking
            for case, ranking in zip(cases, rankings, strict=True)
        ]

    reasons = explained(leg, "balanced", Watched(model, change), words, conditions)

    assert {r.stated for r in reasons} == {
        *("pain_below_knee", "lower_back_pain", "age_years", "onset")
    }


def test_model_that_fails_afterwards_explains_nothing(
    leg: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """What the model raises on the variants is not raised; nor is anything without a model."""

    def change(cases: Sequence[Case], rankings: list[Ranking]) -> list[Ranking]:
        if len(cases) > 1:
            raise MemoryError
        return rankings

    assert explained(leg, "balanced", Watched(model, change), words, conditions) == []
    assert explained(leg, "balanced", None, words, conditions) == []
