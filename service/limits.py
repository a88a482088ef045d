"""Limits: what the answers are not for, and how far they go."""

LIMITS = (
    "Cauda informs, it does not diagnose. It is not a medical device, and no clinician has reviewed"
    " its tables, its rules or its questions.",
    "It must not decide alone that somebody need not be seen, nor delay or refuse an examination.",
    "It is for a numb or painful back, buttock or leg in somebody who has one. It is no general"
    " symptom checker, and does not watch over somebody who is being treated.",
    "What was not asked or not tested is unknown: leave it out, never send it as absent.",
    "A probability is one of a synthetic world under the prior of a setting, most numbers of which"
    " are assumed: it is no probability of a disease in a person.",
    "The prediction set holds the condition in the said share of synthetic cases, not of people.",
    "The model knows 21 conditions: every other illness is answered as one of them.",
    "A case unlike those of the synthetic world, such as one finding with everything else denied,"
    " is ranked more surely than it deserves.",
    "Children, pregnancy and what came before are known in a few findings and rules alone.",
    "An explanation says what the model makes of a statement, not what causes what.",
)
"""From docs/SAFETY.md and the model card, for a reader who sees neither."""
