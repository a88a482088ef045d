"""The settings: whose patients a caller asks about, which sets the prior."""

from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {
    "general_public": "People who look up their complaint themselves",
    "primary_care": "Patients who come to a general practice with it",
    "emergency_department": "Patients who come to an emergency department with it",
    "balanced": "No patients: every condition alike often, to compare rankings",
}
"""What each means; under `primary_care` the model's part of the level is always decided."""
