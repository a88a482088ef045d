"""The speed of the generator, against a reference in the same run: machines are noisy."""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from synthetic import bayes, dataset, generate, states
from synthetic.generate import BLOCK, HELD_OUT_BLOCKS, Machine
from synthetic.profiles import World

SOME = 20_000
"""Cases whose posterior is timed."""


def report(world: World, number: int) -> str:
    """Measure drawing to Parquet, the exact posterior, and both with two processes.

    Returns cases a second and the peak memory. The reference draws one uniform number for each
    finding of a case with NumPy, and nothing else.
    """
    n_findings = len(world.vocabulary.findings)
    rng = np.random.default_rng(0)
    reference = BLOCK / _seconds(lambda: rng.random((BLOCK, n_findings), dtype=np.float32))
    source = generate.machine(world, states.states(world))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        rates = {
            "drawn to Parquet, one process": number / _seconds(lambda: _draw(source, number, path)),
            "exact posterior, one process": SOME / _seconds(lambda: _judge(source)),
            "data set with the posterior of its held-out cases, two processes": number
            / _seconds(lambda: dataset.write(number, 1, path, workers=2)),
        }
    own, others = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return "\n".join(
        [
            f"{reference:12,.0f} cases a second: reference, uniform numbers alone",
            *(f"{rate:12,.0f} cases a second, {rate / reference:.4f} of the reference: {what}"
              for what, rate in rates.items()),
            f"peak memory {own:,.0f} MiB here, {others:,.0f} MiB in the largest worker",
        ]
    )  # fmt: skip


def _draw(source: Machine, number: int, folder: Path) -> None:
    """Draw training cases alone, block by block."""
    first = generate.block(source, BLOCK, 1, HELD_OUT_BLOCKS)
    with pq.ParquetWriter(folder / "cases.parquet", first.schema) as writer:
        for i in range(-(-number // BLOCK)):
            size = min(BLOCK, number - i * BLOCK)
            writer.write_table(generate.block(source, size, 1, HELD_OUT_BLOCKS + i))


def _judge(source: Machine) -> None:
    cases = generate.block(source, SOME, 1, 0).to_pandas()
    bayes.posterior(source.states, source.world.vocabulary, cases)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
