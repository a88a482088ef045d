"""The exact posterior on published patients: how far the profiles alone carry, without learning."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from service.clinical import case
from service.clinical.vocabulary import Vocabulary
from synthetic import bayes
from synthetic.profiles import World
from synthetic.states import States

PATIENTS = Path(__file__).parents[1] / "tests" / "data" / "published_cases.jsonl"


def report(world: World, states: States, path: Path = PATIENTS) -> str:
    """Return top-1 and top-3 with exact 95 % intervals, and each miss."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = bayes.posterior(states, world.vocabulary, table(rows, world.vocabulary))
    conditions = list(world.catalogue.conditions)
    ranked = [[conditions[i] for i in order] for order in (-found).argsort(axis=1)]
    accepted = [{row["diagnosis"], *row["also_acceptable"]} for row in rows]
    ranks = [
        min(order.index(id) for id in known) + 1
        for order, known in zip(ranked, accepted, strict=True)
    ]
    lines = [f"exact posterior on {len(rows)} published patients, all conditions alike likely"]
    lines += [f"top-{k} {_share(sum(rank <= k for rank in ranks), len(ranks))}" for k in (1, 3)]
    lines += ["not ranked first:"]
    for rank, row, order in sorted(
        zip(ranks, rows, ranked, strict=True), key=lambda miss: -miss[0]
    ):
        if rank > 1:
            lines.append(f"  rank {rank:2}  {row['id']}: {row['diagnosis']}; first {order[0]}")
    return "\n".join(lines)


def table(rows: Sequence[Mapping[str, Any]], words: Vocabulary) -> pd.DataFrame:
    """Return request bodies as the table of closed cases that the posterior takes."""
    cases = [case.read(row["present"], row["absent"], row["attributes"], words) for row in rows]
    columns: dict[str, list[Any]] = {
        id: [1.0 if id in c.present else 0.0 if id in c.absent else None for c in cases]
        for id in words.findings
    }
    return pd.DataFrame(
        columns | {id: [c.attributes.get(id) for c in cases] for id in words.attributes}
    )


def _share(count: int, total: int) -> str:
    interval = binomtest(count, total).proportion_ci(0.95, method="exact")
    return f"{count / total:.3f} ({interval.low:.3f} to {interval.high:.3f}, {count} of {total})"
