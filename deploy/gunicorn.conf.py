"""gunicorn's configuration: where it listens, and workers that load the model themselves.

gunicorn reads this file again at each SIGHUP, when whatever fails here ends the service. So what
can change under a running service (the key file) is checked at the start alone.
"""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from service import keys, worker
from service.settings import SettingError, Settings


def _whole(name: str, default: int, least: int, most: int) -> int:
    value = os.environ.get(name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        sys.exit(f"{name} is {value!r}, expected a whole number from {least} to {most}.")
    return int(value)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


bind = _address(os.environ.get("HOST", "127.0.0.1"), _whole("PORT", 8000, 1, 65_535))
workers = _whole("WORKERS", 2, 1, 256)
# At least the time that service.worker gives a client to send its request and take its answer.
timeout = graceful_timeout = _whole("TIMEOUT", 30, 20, 3600)
wsgi_app = "service.app:create_app()"
worker_class = "service.worker.Worker"
logger_class = "service.log.ServerLog"
# No header replaces the path or the scheme: gunicorn would believe those that come from loopback.
forwarded_allow_ips = forwarder_headers = ""
# Without preload, so that SIGHUP starts workers that read the new artefact and the new keys.
preload_app = False
# A heartbeat on a disk that hangs would get a sound worker killed.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Nobody steers the service through a socket in the home folder of who started it.
control_socket_disable = True
# One case is too small for BLAS threads: they only take the cores from each other.
raw_env = ["OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1"]


def check(addresses: Iterable[Any]) -> None:
    """Check settings, key file and who can reach the service; end with one line if one is wrong.

    `addresses` are those of gunicorn: a host and a port, or the path of a Unix socket.
    """
    try:
        settings = Settings.from_environment(os.environ)
        settings.check_exposure(address[0] for address in addresses if isinstance(address, tuple))
        if settings.keys:
            keys.read(settings.keys)
    except (SettingError, keys.KeyFileError) as error:
        sys.exit(str(error))


def on_starting(server: Any) -> None:
    """Check what gunicorn is about to listen on, wherever it was told so."""
    check(server.address)


def when_ready(server: Any) -> None:
    """Check what it listens on, which a parent process may have opened; make room for metrics."""
    check([listener.getsockname() for listener in server.LISTENERS])
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="cauda-metrics-")


def on_reload(_: Any) -> None:
    """Let the workers of before stay until one of those that are now made can answer."""
    worker.reloaded()


def post_worker_init(_: Any) -> None:
    """Leave what the start has made out of garbage collection: it lives as long as the worker."""
    gc.collect()
    gc.freeze()


def child_exit(_: Any, ended: Any) -> None:
    """Take a worker that has ended out of the metrics of those that live."""
    from prometheus_client import multiprocess  # noqa: PLC0415  # it reads the folder at its import

    with suppress(OSError):  # what fails in this hook would end the service
        multiprocess.mark_process_dead(ended.pid)


def on_exit(_: Any) -> None:
    """Remove the metrics."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
