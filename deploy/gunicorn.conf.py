"""gunicorn's configuration: where it listens, and workers that load the model themselves."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WORKERS", "2"))
wsgi_app = "service.app:create_app()"
# Without preload, so that SIGHUP starts workers that read the new artefact.
preload_app = False
# One case is too small for BLAS threads: they only take the cores from each other.
raw_env = ["OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1"]
