"""The application: settings, routes and what goes round them, and nothing clinical."""

import os

from flask import Flask
from werkzeug.datastructures import ImmutableDict

from service import runtime
from service.api import access, catalogue, document, operations, page, predict, problem, trace
from service.api.writer import Writer
from service.metrics import Metrics
from service.settings import Settings


class Application(Flask):
    """A Flask that answers no method which no route states; OPTIONS too is a 405."""

    default_config = ImmutableDict(Flask.default_config, PROVIDE_AUTOMATIC_OPTIONS=False)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings they are read from the environment.

    Raises SettingError for a wrong setting and TableError for a fault in the vocabulary or the
    red flags. A model that cannot be used does not fail the start: `/readyz` says why.
    """
    settings = settings or Settings.from_environment(os.environ)
    parts = runtime.start(settings)
    metrics = Metrics(parts.manifest.model["version"] if parts.manifest else "none")
    app = Application(__name__, static_folder="web/static", template_folder="web/templates")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["PAGES"] = settings.page
    app.json = Writer(app)
    app.url_map.merge_slashes = False  # //v1/predict is no route, not a redirect
    access.register(app, settings)
    trace.register(app, metrics)  # round all that may refuse: refusals are traced too
    api = document.api(app)
    for routes in (
        predict.blueprint(parts, metrics, settings.max_cases),
        catalogue.blueprint(parts, settings),
        operations.blueprint(parts, metrics),
        *((page.blueprint(parts),) if settings.page else ()),
        document.blueprint(app, api),
    ):
        api.register_blueprint(routes)
    problem.register(app)  # after the API, whose own handler it replaces
    return app
