"""The blocks of a data set, drawn in order by this process, a pool of processes or a cluster."""

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from distributed import Client

from service.clinical.table import TableError
from synthetic import bayes, generate, profiles, states, stress
from synthetic.generate import BLOCK, POSTERIOR, Machine

DOCUMENTED, STRESS = "documented", "stress"
"""The worlds: to learn from, and for testing alone."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is drawn: cases of a world from a seed, by the files of the fingerprint `sources`."""

    world: str
    seed: int
    sources: str


def drawn(order: Order, number: int, workers: int | str) -> Iterator[pa.Table]:
    """Yield the blocks in their order, with a few ahead in the making, so memory stays flat."""
    sizes = [min(BLOCK, number - start) for start in range(0, number, BLOCK)]
    if isinstance(workers, str):
        # A worker that dies in the middle takes nothing with it: its blocks are drawn by another.
        with Client(workers, set_as_default=False) as cluster:  # type: ignore[no-untyped-call]
            ahead = 2 * max(1, sum(cluster.nthreads().values()))
            yield from _in_order(cluster.submit, order, sizes, ahead)
        return
    if workers == 1:
        yield from (block(order, size, i) for i, size in enumerate(sizes))
        return
    # Spawned, for a forked process would inherit the threads of Arrow in the middle of their work.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_end_with_parent)
    try:
        yield from _in_order(pool.submit, order, sizes, ahead=2 * workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Let a process of the pool end when the one that it works for was killed."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _in_order(
    submit: Callable[..., Any], order: Order, sizes: list[int], ahead: int
) -> Iterator[pa.Table]:
    """Yield the blocks in order from futures, of which a few are ahead of the one that is due."""
    making: deque[Any] = deque()
    for i, size in enumerate(sizes):
        making.append(submit(block, order, size, i))
        if len(making) > ahead:
            yield making.popleft().result()
    while making:
        yield making.popleft().result()


def block(order: Order, number: int, i: int) -> pa.Table:
    """Draw block i of an order; evaluation cases of the documented world get their posterior."""
    if order.sources != sources_sha256():
        raise TableError(["a worker has other tables or another generator than this machine"])
    source = machine(order.world)
    if order.world == STRESS:
        return stress.block(source, number, order.seed, i)
    return _with_posterior(generate.block(source, number, order.seed, i), source)


@cache
def machine(world: str) -> Machine:
    """Return the machine of a world, made once in each process."""
    documented = profiles.read()
    places = stress.U if world == STRESS else states.U
    return generate.machine(documented, states.states(documented, places))


@cache
def sources_sha256() -> str:
    """Return the SHA-256 of all that cases are made of: the files of generator and vocabulary."""
    here = Path(__file__).parent
    folders = (here, here.parent / "service" / "clinical")
    files = sorted(path for folder in folders for path in folder.glob("*.*"))
    sha256 = hashlib.sha256()
    for path in files:
        sha256.update(f"{path.name}\n".encode() + path.read_bytes())
    return sha256.hexdigest()


def _with_posterior(table: pa.Table, source: Machine) -> pa.Table:
    """Append a column of the exact posterior for each condition, null outside of evaluation."""
    is_evaluation = pc.equal(table["split"].cast(pa.string()), "evaluation").to_numpy()
    chosen = table.filter(pa.array(is_evaluation)).to_pandas()
    found = bayes.posterior(source.states, source.world.vocabulary, chosen)
    for i, condition in enumerate(source.world.catalogue.conditions):
        column = np.zeros(len(table), dtype=np.float32)
        column[is_evaluation] = found[:, i]
        name = f"{POSTERIOR}{condition}"
        table = table.append_column(name, pa.array(column, mask=~is_evaluation))
    return table
