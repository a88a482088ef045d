"""The manifest: what lies beside the artefact and says what it is and how it is to be used."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from service.clinical import setting
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency

FORMAT = 3
"""The version of the manifest's format; a manifest of another format is refused."""

SETTINGS = tuple(setting.SETTINGS)
"""The settings for which there are priors."""

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
    prior_sources: Mapping[str, Mapping[str, Sequence[str]]]
    shares: Mapping[str, Sequence[float]]
    temperatures: Sequence[float]
    thresholds: Distribution
    costs: Mapping[str, Mapping[str, float]]
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
            raise ModelRefused(f"The manifest's format is {fields['format']!r}, expected {FORMAT}.")
        manifest = cls(**fields)
        manifest._check()
        return manifest

    def text(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    def _check(self) -> None:
        faults = _type_faults(asdict(self)) or self._faults()
        if faults:
            raise ModelRefused(f"The manifest is wrong: {'; '.join(faults)}.")

    def _faults(self) -> list[str]:
        return [*self._prior_faults(), *self._share_faults(), *self._decision_faults()]

    def _prior_faults(self) -> list[str]:
        distributions = {"trained_prior": self.trained_prior, **self.priors}
        faults = [
            f"{name} is no distribution over the conditions"
            for name, prior in distributions.items()
            if not _is_distribution(prior, self.conditions)
        ]
        if set(self.priors) != set(SETTINGS):
            faults.append(f"the settings are {sorted(self.priors)}, expected {sorted(SETTINGS)}")
        if set(self.prior_sources) != set(SETTINGS) or not all(
            isinstance(row, dict)
            and sorted(row) == sorted(self.conditions)
            and all(map(_are_texts, row.values()))
            for row in self.prior_sources.values()
        ):
            faults.append("prior_sources needs a list of ids for each setting and condition")
        return faults

    def _share_faults(self) -> list[str]:
        expected = f"a list of {len(self.conditions)} from 0 to 1"
        return [
            f"the shares of {name} are {json.dumps(row)[:60]}, expected {expected}"
            for name, row in self.shares.items()
            if not isinstance(row, list)
            or len(row) != len(self.conditions)
            or not all(map(_is_share, row))
        ]

    def _decision_faults(self) -> list[str]:
        faults = []
        if len(self.temperatures) != len(BANDS) or not all(map(_is_positive, self.temperatures)):
            faults.append(
                f"the temperatures are {self.temperatures}, expected {len(BANDS)} above 0"
            )
        if not _is_cost_matrix(self.costs):
            faults.append("the costs need a number from 0 for each stated and given level")
        levels = sorted(URGENCY_BY_ID.keys() - {Urgency.SELF_CARE.id})
        if sorted(self.thresholds) != levels or not all(
            _is_share(threshold) and threshold > 0 for threshold in self.thresholds.values()
        ):
            faults.append(f"the thresholds are {dict(self.thresholds)}, expected {levels}")
        if sorted(self.conformal) != sorted(self.conditions) or not all(
            isinstance(row, list) and len(row) == len(BANDS) and all(map(_is_share, row))
            for row in self.conformal.values()
        ):
            faults.append(f"conformal needs {len(BANDS)} shares for each condition")
        if not _is_share(self.coverage):
            faults.append(f"the coverage is {self.coverage}, expected 0 to 1")
        texts = {"model": ("name", "version", "run_id"), "data": ("sha256",)}
        for name, keys in texts.items():
            field = getattr(self, name)
            if not all(isinstance(field.get(key), str) for key in keys):
                faults.append(f"{name} needs the texts {', '.join(keys)}")
        return faults


def _type_faults(fields: Mapping[str, Any]) -> list[str]:
    expected: dict[str, type] = {"conditions": list, "sha256": str, "columns_sha256": str}
    expected |= {"rules_version": str, "format": int, "coverage": float, "temperatures": list}
    return [
        f"{name} is {json.dumps(value)[:60]}, expected {expected.get(name, dict).__name__}"
        for name, value in fields.items()
        if not isinstance(value, expected.get(name, dict))
    ]


def _are_texts(ids: Any) -> bool:
    return isinstance(ids, list) and all(isinstance(id, str) and id for id in ids)


def _is_share(number: Any) -> bool:
    return isinstance(number, int | float) and 0 <= number <= 1


def _is_positive(number: Any) -> bool:
    return _is_number(number) and 0 < number < math.inf


def _is_number(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool)


def _is_cost_matrix(costs: Mapping[str, Any]) -> bool:
    return costs.keys() == URGENCY_BY_ID.keys() and all(
        isinstance(row, dict)
        and row.keys() == URGENCY_BY_ID.keys()
        and all(_is_number(cost) and 0 <= cost < math.inf for cost in row.values())
        for row in costs.values()
    )


def _is_distribution(prior: Any, ids: Sequence[str]) -> bool:
    return (
        isinstance(prior, dict)
        and sorted(prior) == sorted(ids)
        and all(_is_share(p) and p > 0 for p in prior.values())
        and math.isclose(sum(prior.values()), 1, abs_tol=1e-6)
    )


def digest(columns: Sequence[str]) -> str:
    """Return the SHA-256 of the columns' names, by which two encodings are told apart."""
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()
