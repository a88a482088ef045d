"""gunicorn's configuration: where it listens, and workers that load the model themselves."""

import os
import sys

from service.settings import SettingError, Settings


def _whole(name: str, default: int, most: int) -> int:
    value = os.environ.get(name, str(default))
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
        sys.exit(f"{name} is {value!r}, expected a whole number from 1 to {most}.")
    return int(value)


try:
    Settings.from_environment(os.environ)
except SettingError as error:
    sys.exit(str(error))

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{_whole('PORT', 8000, 65_535)}"
workers = _whole("WORKERS", 2, 256)
wsgi_app = "service.app:create_app()"
# Without preload, so that SIGHUP starts workers that read the new artefact.
preload_app = False
# One case is too small for BLAS threads: they only take the cores from each other.
raw_env = ["OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1"]
