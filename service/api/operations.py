"""The operator's routes: is it alive, is it ready, what has it done, which model does it serve."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from service.api.problem import Problem
from service.metrics import Metrics, Unreadable
from service.runtime import Runtime


def blueprint(runtime: Runtime, metrics: Metrics) -> Blueprint:
    """Return the operator's routes."""
    routes = Blueprint("operations", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        if not runtime.screens_golden_emergency():
            raise Problem(503, "The red flags do not screen the golden emergency case.")
        return jsonify(status="ok")

    @routes.get("/readyz")
    def readyz() -> Response:
        if runtime.manifest is None:
            raise Problem(503, f"Red flags answer alone. {runtime.refusal}")
        return jsonify(status="ready", version=runtime.manifest.model["version"])

    @routes.get("/metrics")
    def counts() -> Response:
        try:
            return Response(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
        except Unreadable as error:
            raise Problem(503, str(error)) from error

    @routes.get("/v1/model")
    def model() -> Response:
        if runtime.manifest is None:
            raise Problem(503, f"There is no model. {runtime.refusal}")
        return jsonify(asdict(runtime.manifest))

    return routes
