"""The application: settings, routes and the error handler, and nothing clinical."""

import os

from flask import Flask

from service import runtime
from service.api import access, catalogue, operations, predict, problem, trace
from service.metrics import Metrics
from service.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings they are read from the environment.

    Raises SettingError for a wrong setting and TableError for a fault in the vocabulary or the
    red flags. A model that cannot be used does not fail the start: `/readyz` says why.
    """
    settings = settings or Settings.from_environment(os.environ)
    parts = runtime.start(settings)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's default provider
    app.url_map.merge_slashes = False  # //v1/predict is no route, not a redirect
    metrics = Metrics(parts.manifest.model["version"] if parts.manifest else "none")
    trace.register(app, metrics)
    app.register_blueprint(predict.blueprint(parts, metrics))
    app.register_blueprint(catalogue.blueprint(parts))
    app.register_blueprint(operations.blueprint(parts, metrics))
    problem.register(app)
    access.register(app, settings)
    return app
