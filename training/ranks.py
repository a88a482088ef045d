"""The ranks of people's conditions: how often they are first, and how much less than others."""

from collections.abc import Sequence

from training.figure import Share, interval


def shares(ranks: Sequence[int]) -> dict[str, float]:
    """Return how often a rank is 1, and at most 3, with exact 95 % intervals."""
    found: dict[str, float] = {}
    for most in (1, 3):
        share = Share(sum(rank <= most for rank in ranks), len(ranks))
        low, high = share.interval
        found |= {f"top_{most}": share.value, f"top_{most}_low": low, f"top_{most}_high": high}
    return found


def loss(ranks: Sequence[int], others: Sequence[int]) -> dict[str, float]:
    """Return how much less often the ranks are 1 than other ranks of the same people.

    The interval is the exact one given how many people differ: of these each is right one way or
    the other.
    """
    pairs = list(zip(ranks, others, strict=True))
    lost = sum(other == 1 < rank for rank, other in pairs)
    differ = lost + sum(rank == 1 < other for rank, other in pairs)
    low, high = interval(lost, differ) if differ else (0.0, 0.0)
    net = (2 * lost - differ) / len(pairs)
    ends = ((2 * end - 1) * differ / len(pairs) for end in (low, high))
    return {"loss": net} | dict(zip(("loss_low", "loss_high"), ends, strict=True))
