"""People who answer everything: to be interviewed, one question after the other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from synthetic import generate, profiles, states
from synthetic.profiles import Reporting, World

PLACE = 2**31
"""The number of the block that they are drawn as: no case is learned from so late a one."""

NEARLY = 1 - 1e-9
"""The chance that something is told. A report of nothing is summed too, and must not be impossible:
of a thousand people one in ten thousand runs leaves one finding of one person out."""


def people(number: int, seed: int) -> pd.DataFrame:
    """Draw people of the documented world, all conditions alike often.

    The table has the form of a data set's, and in it every finding is rightly stated present (1)
    or absent (0) and every attribute given.
    """
    documented = profiles.read()
    world = replace(documented, reporting=_everything(documented))
    source = generate.machine(world, states.states(world))
    table = generate.block(source, number, seed, PLACE)
    drawn: pd.DataFrame = table.to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
    return drawn


def _everything(world: World) -> Reporting:
    """Return one reporter who tells all of it."""
    told = np.full((1, len(world.vocabulary.findings)), NEARLY)
    return Reporting(
        shares=np.ones(1),
        present=told,
        absent=told,
        error=0.0,
        known=dict.fromkeys(world.vocabulary.attributes, 1.0),
    )
