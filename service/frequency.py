"""The frequency of findings: how many have one, from how many tell of it and how many deny it.

Needs the standard library alone, for the service and for what is read without a model.
"""

from collections.abc import Mapping, Sequence
from operator import mul

Shares = Mapping[str, Sequence[float]]
"""The shares of a manifest: by column, for each condition in its order."""

SMALLEST = 1e-9
"""The least weight: shares that nobody could have stated so give no sensible ones."""


def frequencies(shares: Shares, findings: Sequence[str]) -> dict[str, list[float]]:
    """Return by finding how often it is present in each condition, 0 where nobody tells of it."""
    told, denied = weights(shares)
    return {
        id: [
            told * present / (told * present + denied * absent) if present else 0.0
            for present, absent in zip(shares[f"{id}=present"], shares[f"{id}=absent"], strict=True)
        ]
        for id in findings
    }


def weights(shares: Shares) -> tuple[float, float]:
    """Return what makes of the shares that tell and deny findings those if everybody were asked.

    Unasked, people tell of what they have far more often than of what they lack. Where f of the
    people of a condition have a finding, and a finding that is there is told with the chance r, one
    that is not with s, the shares that state it are P = r f and A = s (1 - f), so that
    P / r + A / s = 1. The 1 / r and 1 / s that fit all findings and conditions best, by least
    squares (Cramer's rule), turn the shares into f and 1 - f; that r and s are alike for all
    findings is a simplification. Shares that tell and deny in one proportion everywhere leave r
    and s open: they are taken as alike.
    """
    told, denied = _stated(shares, "present"), _stated(shares, "absent")
    tt, td, dd = (sum(map(mul, *pair)) for pair in ((told, told), (told, denied), (denied, denied)))
    t, d = sum(told), sum(denied)
    determinant = tt * dd - td * td
    if determinant <= SMALLEST * tt * dd:
        return 1.0, 1.0
    return (
        max((t * dd - d * td) / determinant, SMALLEST),
        max((d * tt - t * td) / determinant, SMALLEST),
    )


def _stated(shares: Shares, state: str) -> list[float]:
    """Return the shares of all findings and conditions in a state, the findings in one order."""
    columns = sorted(column for column in shares if column.endswith(f"={state}"))
    return [share for column in columns for share in shares[column]]
