"""The Dask cluster: real workers, one of which is killed."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from distributed import LocalCluster

from synthetic import dataset

NUMBER = 600_000


def kill_once_written(folder: Path, victim: int) -> None:
    """Kill a process as soon as the first cases are on disk."""
    while not list(folder.glob("*.partial")):
        time.sleep(0.01)
    os.kill(victim, signal.SIGKILL)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_gives_the_same_cases_though_a_worker_dies(tmp_path: Path) -> None:
    """Two worker processes, one killed in the middle, draw what one process draws."""
    alone = dataset.write(NUMBER, 3, tmp_path / "alone")
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        killer = threading.Thread(target=kill_once_written, args=(tmp_path / "together", victim))
        killer.start()
        together = dataset.write(
            NUMBER, 3, tmp_path / "together", workers=cluster.scheduler_address
        )
        killer.join()
        with pytest.raises(ProcessLookupError):
            os.kill(victim, 0)
    assert together["sha256"] == alone["sha256"]
    assert together["condition"] == alone["condition"]
