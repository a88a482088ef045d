"""The manifest: what lies beside the artefact and says what it is and how it is to be used."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from service.clinical.vocabulary import URGENCY_BY_ID, Urgency

FORMAT = 1
"""The version of the manifest's format; a manifest of another format is refused."""

SETTINGS = ("general_public", "primary_care", "emergency_department", "balanced")
BANDS: tuple[tuple[int, int | None], ...] = ((2, 5), (6, 10), (11, 20), (21, None))
"""The bands of answers by which prediction sets are calibrated; None is no upper end."""

Distribution = Mapping[str, float]


class ModelRefused(Exception):
    """The artefact or its manifest cannot be trusted; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that the service must know of an artefact; `models/README.md` describes each field."""

    format: int
    sha256: str
    model: Mapping[str, str]
    conditions: Sequence[str]
    columns_sha256: str
    libraries: Mapping[str, str]
    trained_prior: Distribution
    priors: Mapping[str, Distribution]
    thresholds: Distribution
    coverage: float
    conformal: Mapping[str, Sequence[float]]
    data: Mapping[str, Any]
    rules_version: str
    metrics: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a manifest; raises ModelRefused with what is wrong."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelRefused(f"The manifest is no JSON: {error}.") from error
        expected = set(cls.__slots__)
        if not isinstance(fields, dict) or fields.keys() != expected:
            found = sorted(fields) if isinstance(fields, dict) else type(fields).__name__
            raise ModelRefused(f"The manifest holds {found}, expected {sorted(expected)}.")
        if fields["format"] != FORMAT:
            raise ModelRefused(f"The manifest's format is {fields['format']}, expected {FORMAT}.")
        manifest = cls(**fields)
        manifest._check()
        return manifest

    def text(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    def _check(self) -> None:
        try:
            faults = list(self._faults())
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            faults = [f"a field has the wrong type ({error})"]
        if faults:
            raise ModelRefused(f"The manifest is wrong: {'; '.join(faults)}.")

    def _faults(self) -> list[str]:
        ids = set(self.conditions)
        distributions = {"trained_prior": self.trained_prior, **self.priors}
        faults = [
            f"{name} is no distribution over the conditions"
            for name, prior in distributions.items()
            if prior.keys() != ids
            or not all(0 < p <= 1 for p in prior.values())
            or not math.isclose(sum(prior.values()), 1, abs_tol=1e-6)
        ]
        if set(self.priors) != set(SETTINGS):
            faults.append(f"the settings are {sorted(self.priors)}, expected {sorted(SETTINGS)}")
        levels = URGENCY_BY_ID.keys() - {Urgency.SELF_CARE.id}
        if self.thresholds.keys() != levels or not all(
            0 < t <= 1 for t in self.thresholds.values()
        ):
            faults.append(f"the thresholds are {dict(self.thresholds)}, expected {sorted(levels)}")
        if self.conformal.keys() != ids or not all(
            len(row) == len(BANDS) and all(0 <= t <= 1 for t in row)
            for row in self.conformal.values()
        ):
            faults.append(f"conformal needs {len(BANDS)} numbers in 0 to 1 for each condition")
        if not {"name", "version", "run_id"} <= self.model.keys():
            faults.append("model needs name, version and run_id")
        if "sha256" not in self.data:
            faults.append("data needs sha256")
        return faults


def digest(columns: Sequence[str]) -> str:
    """Return the SHA-256 of the columns' names, by which two encodings are told apart."""
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()
