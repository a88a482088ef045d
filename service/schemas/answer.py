"""The schemas of answers about cases; they document and test what the routes write."""

from service.assessment import NOTICE
from service.clinical.vocabulary import Urgency
from service.manifest import SETTINGS
from service.schemas.member import (
    Exact,
    amount,
    flag,
    nested,
    number,
    one_of,
    probability,
    several,
    text,
    texts,
    whole,
)

LEVELS = tuple(level.id for level in reversed(Urgency))
DECIDERS = ("red_flags", "model", "incomplete_screening", "fallback")


class Triage(Exact):
    """How soon the person has to be seen."""

    level = one_of(LEVELS, "The level, most urgent first: never below the highest raised flag")
    decided_by = one_of(DECIDERS, "What the level comes from")
    because = texts("Ids of the red flags or conditions that carried the level")
    advice = text("What to do, in words for the person")


class Raised(Exact):
    """A red flag that the case raises."""

    id = text("Id of the rule")
    level = one_of(LEVELS[:-1], "The level that the rule demands")
    title = text("The rule in words")
    because = texts("Ids of the findings and attributes by which it holds")
    suspects = texts("Conditions that it names, always listed")
    sources = texts("Ids of the sources that demand it")


class Unscreened(Exact):
    """A red flag of level emergency that is not raised and could still be."""

    id = text("Id of the rule")
    ask = texts("Ids of the findings and attributes that are unknown and could raise it")


class RedFlags(Exact):
    """What the hard-coded rules say."""

    raised = several(Raised, "The flags that are raised, most urgent first")
    not_screened = several(Unscreened, "The emergency flags that could still be raised")
    version = text("The version of the rules")


class Listed(Exact):
    """A condition with its probability under the prior of the setting."""

    id = text("Id of the condition")
    name = text("Its name")
    icd10 = text("Its code in ICD-10")
    probability = probability("Its probability; 0 when a stated finding rules it out")
    urgency = one_of(LEVELS, "How soon somebody with it has to be seen")
    in_prediction_set = flag(
        "Whether it is in the conformal prediction set; omitted when something is withheld",
        required=False,
    )


class PredictionSet(Exact):
    """The conformal prediction set."""

    coverage = probability("The share of synthetic cases whose condition the set holds")
    size = whole("The number of conditions in it")


class Withheld(Exact):
    """What a red flag keeps from the list of conditions."""

    count = whole("The number of withheld conditions")
    probability = probability("Their probability together")


class Reason(Exact):
    """What one stated thing does to the probability of one leading condition."""

    stated = text("Id of the finding or attribute")
    state = one_of(("present", "absent", "given"), "How it was stated; given for an attribute")
    condition = text("Id of the condition")
    weight = number("The fall in log-odds when it is left unknown")


class Question(Exact):
    """A question that would help."""

    ask = text("Id of the finding or attribute to ask for")
    kind = one_of(("finding", "examination", "attribute"), "What is asked for")
    question = text("The question in plain words")
    reason = one_of(
        ("red_flag", "information"), "Whether it screens an emergency or tells conditions apart"
    )
    gain = amount(
        "The information, in bits, that the answer is expected to give about the condition;"
        " omitted with red_flag",
        required=False,
    )


class Ranked(Exact):
    """A condition in the model's own ranking, before the screen."""

    id = text("Id of the condition")
    probability = probability("Its probability before exclusions")
    in_prediction_set = flag("Whether it is in the conformal prediction set")


class Model(Exact):
    """The model that ranked the conditions."""

    version = text("Its version in the registry")
    sha256 = text("The SHA-256 of the artefact")
    run_id = text("The run that trained it")
    data_sha256 = text("The SHA-256 of the cases that it was judged on")


class Answer(Exact):
    """The answer about one case."""

    triage = nested(Triage, "How soon the person has to be seen, decided by whom and why")
    red_flags = nested(RedFlags, "What the hard-coded rules say")
    conditions = several(
        Listed, "The conditions that are not withheld, most probable first", required=False
    )
    prediction_set = nested(
        PredictionSet, "Omitted when something is withheld and no ranking asked", required=False
    )
    withheld = nested(Withheld, "What red flags keep from the list", required=False)
    information = one_of(
        ("sufficient", "insufficient"),
        "insufficient when the prediction set holds more than half of the conditions",
        required=False,
    )
    explanation = several(Reason, "With include=explanation, largest first", required=False)
    next_questions = several(
        Question, "With include=next_questions, emergency flags first", required=False
    )
    model_ranking = several(
        Ranked, "With include=model_ranking: the ranking before the screen", required=False
    )
    setting = one_of(SETTINGS, "Whose patients were assumed")
    model = nested(Model, "Omitted when no model answered", required=False)
    degraded = flag("True when the model could not be used: red flags answer alone")
    notice = one_of((NOTICE,), "What every answer says of itself")


class Answers(Exact):
    """The answers about several cases, in their order."""

    results = several(Answer, "An answer for each case")
