"""The exact posterior on published patients: how far the profiles alone carry, without learning."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from service.clinical import case
from service.clinical.vocabulary import Vocabulary
from synthetic import bayes, generate
from synthetic.generate import Machine
from synthetic.profiles import World
from synthetic.states import States

LEAST = 30
"""Cases of a patient's condition, level and number of answers that make a share."""

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


def difficulty(source: Machine, path: Path = PATIENTS, blocks: int = 2) -> str:
    """Return how hard the synthetic world is at the patients' mix of condition, level and answers.

    For each patient the posterior's top-1 is averaged over drawn cases of the same condition and
    level (of the condition alone where the world has too few of the level) and a number of
    answers that differs by at most two, or as little as the world has. What is as acceptable as
    the diagnosis counts alike.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    conditions = np.array(list(source.world.catalogue.conditions))
    drawn = pd.concat(
        generate.block(source, generate.BLOCK, 0, i).to_pandas() for i in range(blocks)
    )
    found = bayes.posterior(source.states, source.world.vocabulary, drawn)
    first = conditions[found.argmax(axis=1)]
    condition = drawn["condition"].to_numpy(dtype=str)
    level, answers = drawn["triage"].to_numpy(dtype=str), drawn["answers"].to_numpy()
    shares, variances, n_without_level = [], [], 0
    for row in rows:
        alike = condition == row["diagnosis"]
        same = alike & (level == row["triage"])
        n_without_level += same.sum() < LEAST
        chosen = np.flatnonzero(same if same.sum() >= LEAST else alike)
        apart = abs(answers[chosen] - len(set(row["present"]) | set(row["absent"])))
        near = chosen[apart <= max(2, np.sort(apart)[:LEAST].max())]
        is_right = np.isin(first[near], [row["diagnosis"], *row["also_acceptable"]])
        shares.append(is_right.mean())
        variances.append(is_right.var() / len(near))
    error = np.sqrt(np.sum(variances)) / len(rows)
    return (
        "top-1 of the exact posterior in its own world at the same mix: "
        f"{np.mean(shares):.3f} (standard error of the drawing {error:.3f}); "
        f"for {n_without_level} patients the world has too few cases of their level, "
        "so all levels stand for it"
    )


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
