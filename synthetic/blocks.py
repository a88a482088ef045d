"""The blocks of a data set, drawn in order by this process, a pool of processes or a cluster."""

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from distributed import Client

from service.clinical.table import TableError
from synthetic import bayes, generate, profiles, states, stress
from synthetic.generate import BLOCK, POSTERIOR, Machine

Prepared = TypeVar("Prepared")

DOCUMENTED, STRESS = "documented", "stress"
"""The worlds: to learn from, and for testing alone."""

JUDGED = ("validation", "evaluation")
"""The splits on which a model is measured against the exact posterior."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is drawn: cases of a world from a seed, by the files of the fingerprint `sources`."""

    world: str
    seed: int
    sources: str


@dataclass(frozen=True, slots=True)
class Stream:
    """The training cases of an order, block by block and without end.

    The first are those of a data set on disk of as many whole blocks. A block that holds held-out
    cases gives the others alone, so that no case is learned from that a model is judged on.
    """

    order: Order

    def __call__(
        self, start: int, stop: int, prepare: Callable[[pd.DataFrame], Prepared], workers: int = 1
    ) -> Iterator[Prepared]:
        """Yield what `prepare` makes of the tables of the blocks start to stop - 1, in their order.

        Each table is prepared by the process that drew it. This process is one of the workers: it
        is busy with what it gets, so a second one draws beside it.
        """
        sizes = dict.fromkeys(range(start, stop), BLOCK)
        return _made(partial(_prepared, prepare), self.order, sizes, workers - 1)


def stream(seed: int) -> Stream:
    """Return the training cases of a seed of the documented world."""
    return Stream(Order(DOCUMENTED, seed, sources_sha256()))


def drawn(order: Order, number: int, workers: int | str) -> Iterator[pa.Table]:
    """Yield the blocks in their order, with a few ahead in the making, so memory stays flat."""
    starts = range(0, number, BLOCK)
    sizes = {start // BLOCK: min(BLOCK, number - start) for start in starts}
    yield from _made(block, order, sizes, 0 if workers == 1 else workers)


def _made(
    make: Callable[[Order, int, int], Prepared],
    order: Order,
    sizes: Mapping[int, int],
    pool: int | str,
) -> Iterator[Prepared]:
    """Yield what is made of blocks by a pool of processes, 0 for this one, or a Dask cluster."""
    if isinstance(pool, str):
        # A worker that dies in the middle takes nothing with it: its blocks are drawn by another.
        with Client(pool, set_as_default=False) as cluster:  # type: ignore[no-untyped-call]
            ahead = 2 * max(1, sum(cluster.nthreads().values()))
            yield from _in_order(partial(cluster.submit, make, order), sizes, ahead)
        return
    if not pool:
        yield from (make(order, size, i) for i, size in sizes.items())
        return
    # Spawned, for a forked process would inherit the threads of Arrow in the middle of their work.
    made = ProcessPoolExecutor(pool, get_context("spawn"), initializer=_end_with_parent)
    try:
        yield from _in_order(partial(made.submit, partial(make, order)), sizes, ahead=2 * pool)
    finally:
        made.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Let a process of the pool end when the one that it works for was killed."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _in_order(
    submit: Callable[[int, int], Any], sizes: Mapping[int, int], ahead: int
) -> Iterator[Any]:
    """Yield the blocks in order from futures, of which a few are ahead of the one that is due."""
    making: deque[Any] = deque()
    for i, size in sizes.items():
        making.append(submit(size, i))
        if len(making) > ahead:
            yield making.popleft().result()
    while making:
        yield making.popleft().result()


def block(order: Order, number: int, i: int) -> pa.Table:
    """Draw block i of an order; held-out cases of the documented world get their posterior."""
    source = _machine(order)
    if order.world == STRESS:
        return stress.block(source, number, order.seed, i)
    return _with_posterior(generate.block(source, number, order.seed, i), source)


def _prepared(
    prepare: Callable[[pd.DataFrame], Prepared], order: Order, number: int, i: int
) -> Prepared:
    """Draw the training cases of block i of an order of the documented world, and prepare them."""
    table = generate.block(_machine(order), number, order.seed, i)
    train = table.filter(pc.equal(table["split"].cast(pa.string()), "train"))
    return prepare(train.to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get))


def _machine(order: Order) -> Machine:
    if order.sources != sources_sha256():
        raise TableError(["a worker has other tables or another generator than this machine"])
    return machine(order.world)


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
    """Append a column of the exact posterior for each condition, null outside of JUDGED."""
    is_judged = pc.is_in(table["split"].cast(pa.string()), pa.array(JUDGED)).to_numpy()
    chosen = table.filter(pa.array(is_judged)).to_pandas()
    found = bayes.posterior(source.states, source.world.vocabulary, chosen)
    for i, condition in enumerate(source.world.catalogue.conditions):
        column = np.zeros(len(table), dtype=np.float32)
        column[is_judged] = found[:, i]
        name = f"{POSTERIOR}{condition}"
        table = table.append_column(name, pa.array(column, mask=~is_judged))
    return table
