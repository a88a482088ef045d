"""The model card: what a model is, what it is for, how good it is and where it ends."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from service.manifest import Manifest
from training.evaluate import Judged, top, triage_table

TEMPLATE = """\
# Model card: {name} version {version}

Generated with the model; the figures below stem from this run.

## What it is

Recipe `{recipe}`: a scikit-learn pipeline that ranks {n_conditions} conditions for a numb or
painful back, buttock or leg, from findings stated present or absent and nine attributes. The
service screens its answers by red flags (version {rules_version}), which overrule it and which are
not learned.

## What it is for, and what not

To order possible causes and to help decide how soon a person should be seen, inside a service
that shows the red flags first. It informs, it does not diagnose. It is not for people without
such a complaint, not for deciding alone that somebody need not be seen, and not a medical device.
No clinician has reviewed its tables.

## What it learned from

{number} synthetic cases, seed {seed}, SHA-256 `{data_sha256}`, generator commit `{commit}`; no
patient's data. How often a finding occurs is taken from published studies where there are some
and assumed where there are none; each number says so. Rows of the tables by basis: {bases}.
A finding without a number of its own in a condition has the rate of its background.

## How good it is

On {evaluated} synthetic cases of a split of their own (all conditions alike often; easier than
life, because they stem from the world that it learned), with exact 95 % intervals.
`system` is the whole service: of drawn emergencies the share that gets a level, and of calm people,
weighted to primary care, the share that gets a level that none of them needs:

{metrics}

On {published} published patients, in the extended vocabulary (the list of findings, not the
weights, was extended after these cases had been read; published patients are selected and
atypical; they were not used to fit the model), with exact 95 % intervals:

- top-1: {top_1}
- top-3: {top_3}

That each published emergency gets at least urgent is a gate of the export, so no exported model can
show otherwise. They are no blind test: the kinds of atypical patient that the profiles were to
allow for were named, and changes kept, by someone who had read these cases and saw the figures.

Stated level (rows) against the level that the whole service gives (columns):

    {triage}

## Limits

- Synthetic figures say how well the model learned its world, not how well it does on people.
- Findings move together in the synthetic world only through stage, age, reporter and what implies
  what; in life there is more. Attributes depend on the stage, not on single findings or on sex: a
  pregnant person may be a man, and symptoms of both legs have a side.
- A few answers carry little: the figures by number of answers above say how little.
- The prior of each setting is a published figure for a few conditions and assumed for the rest.
- Probabilities are not yet checked for calibration on anything but the synthetic world.

## How to rebuild it

    make cases N={number} SEED={seed}
    make train
"""


def text(manifest: Manifest, published: Sequence[Judged], evaluated: int) -> str:
    """Return the card of a model as Markdown; `evaluated` is the number of synthetic cases."""
    return TEMPLATE.format(
        name=manifest.model["name"],
        version=manifest.model["version"],
        recipe=manifest.model["recipe"],
        n_conditions=len(manifest.conditions),
        rules_version=manifest.rules_version,
        number=manifest.data["number"],
        seed=manifest.data["seed"],
        data_sha256=manifest.data["sha256"],
        commit=manifest.data["commit"],
        bases=_bases(manifest.data["rows_by_basis"]),
        evaluated=evaluated,
        metrics=_listed(manifest.metrics),
        published=len(published),
        top_1=top(published, 1),
        top_3=top(published, 3),
        triage=triage_table(published).to_string().replace("\n", "\n    "),
    )


def _bases(tables: Mapping[str, Mapping[str, int]]) -> str:
    total = Counter[str]()
    for rows in tables.values():
        total.update(rows)
    return ", ".join(f"{number} {basis}" for basis, number in total.most_common())


def _listed(metrics: Mapping[str, Any]) -> str:
    lines = []
    for name, value in metrics.items():
        if f"{name}_low" in metrics:
            low, high = metrics[f"{name}_low"], metrics[f"{name}_high"]
            lines.append(f"- {name.replace('_', ' ')}: {value:.3f} ({low:.3f} to {high:.3f})")
        elif not name.endswith(("_low", "_high")):
            lines.append(f"- {name.replace('_', ' ')}: {value:.3f}")
    return "\n".join(lines)
