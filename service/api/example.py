"""Requests to learn from; their answers in the documentation are those of the running service."""

from collections.abc import Mapping
from typing import Any

CASE: Mapping[str, Any] = {
    "present": ["lower_back_pain", "pain_radiating_down_leg", "saddle_numbness"],
    "absent": [
        "fever",
        "new_urinary_symptoms",
        "fecal_incontinence",
        "bowel_retention",
        "leg_weakness",
        "progressive_neurological_deficit",
        "sudden_weakness",
        "buttock_numbness",
        "bilateral_leg_symptoms",
        "sexual_dysfunction",
        "leg_numbness",
        "severe_back_pain",
        "recent_trauma",
        "cancer_history",
        "leg_coldness_or_pallor",
    ],
    "attributes": {"age_years": 44, "sex": "female", "duration_days": 2, "side": "right"},
}
"""Cauda equina syndrome as it starts: an emergency by its one flag."""

CALM: Mapping[str, Any] = {
    "present": ["buttock_numbness", "prolonged_sitting", "relieved_by_position_change"],
    "absent": ["leg_weakness", "saddle_numbness", "urinary_retention"],
}
"""Somebody who sat too long."""

BODIES: Mapping[str, Mapping[str, Any]] = {
    "/v1/predict": CASE,
    "/v1/predict/batch": {"cases": [CASE, CALM], "setting": "general_public"},
}
INCLUDED: Mapping[str, str] = {"/v1/predict": "?include=explanation,next_questions,model_ranking"}
IDS: Mapping[str, str] = {
    "/v1/conditions/{id}": "cauda_equina_syndrome",
    "/v1/findings/{id}": "saddle_numbness",
    "/v1/attributes/{id}": "duration_days",
}
