"""The ranges that the numbers of the world's tables have to lie in."""

from dataclasses import dataclass

from service.clinical.vocabulary import Quantity, Vocabulary
from synthetic.tables import SUBJECTS, Row

LEAST_SPREAD = 0.05
"""The least deviation of a quantity or of its logarithm: less is a slip of the pen."""

MOST_ODDS, MOST_QUANTITY = 1_000, 36_500
"""The greatest odds ratio, and the greatest deviation of a quantity, taken as far too much."""


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from `low` to `high`, with or without these themselves."""

    low: float
    high: float
    has_low: bool = True
    has_high: bool = True

    def __contains__(self, number: float) -> bool:
        """Tell whether a number lies in the range."""
        above = self.low <= number if self.has_low else self.low < number
        return above and (number <= self.high if self.has_high else number < self.high)

    def __str__(self) -> str:
        """Return the range as it is told."""
        low, high = "" if self.has_low else "above ", "" if self.has_high else "below "
        return f"{low}{self.low:g} to {high}{self.high:g}"


def of(row: Row, words: Vocabulary) -> Range:
    """Return the range of the numbers of a row."""
    if "odds_ratio" in row:
        return Range(0, MOST_ODDS, has_low=False)
    if "prior" in row:
        return Range(0, 1, has_low=False)
    if "reporter" in row:
        # More of what is said is right than wrong, and nobody is sure to speak of a finding.
        most = {"error": 0.5} | dict.fromkeys(SUBJECTS, 1.0)
        return Range(0, most.get(row["subject"], 1), has_high=row["subject"] not in most)
    if row.get("parameter", "share_").startswith("share_"):
        return Range(0, 1)
    return _quantity(row, words)


def _quantity(row: Row, words: Vocabulary) -> Range:
    """Return the range of a parameter of a quantity: what lies in its middle lies in its range."""
    quantity = words.attributes.get(row["attribute"])
    if row["parameter"] in ("mean", "median") and isinstance(quantity, Quantity):
        return Range(quantity.minimum, quantity.maximum, has_low=quantity.minimum > 0)
    return Range(LEAST_SPREAD, MOST_QUANTITY)
