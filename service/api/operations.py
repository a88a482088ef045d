"""The operator's routes: is it alive, is it ready, what has it done, which model does it serve."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from service.api import contract
from service.api.problem import Problem
from service.metrics import Metrics, Unreadable
from service.runtime import Runtime
from service.schemas import operations as schemas


def blueprint(runtime: Runtime, metrics: Metrics) -> Blueprint:
    """Return the operator's routes."""
    routes = contract.routes("operations", "For the operator")

    @routes.get("/healthz")
    @contract.shows(schemas.Health, "application/json", 503, keyed=False)
    def healthz() -> Response:
        """Tell whether the process lives and its rules screen an emergency."""
        if not runtime.screens_golden_emergency():
            raise Problem(503, "The red flags do not screen the golden emergency case.")
        return jsonify(status="ok")

    @routes.get("/readyz")
    @contract.shows(schemas.Readiness, "application/json", 503, keyed=False)
    def readyz() -> Response:
        """Tell whether a verified model answers."""
        if runtime.manifest is None:
            raise Problem(503, f"Red flags answer alone. {runtime.refusal}")
        return jsonify(status="ready", version=runtime.manifest.model["version"])

    @routes.get("/metrics")
    @contract.shows({"type": "string"}, "text/plain", 503, keyed=True)
    def counts() -> Response:
        """Return counts and latencies of all workers in the text format of Prometheus."""
        try:
            return Response(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
        except Unreadable as error:
            raise Problem(503, str(error)) from error

    @routes.get("/v1/model")
    @contract.shows(schemas.Manifest, "application/json", 503, keyed=True)
    def model() -> Response:
        """Return the manifest of the model, its metrics included."""
        if runtime.manifest is None:
            raise Problem(503, f"There is no model. {runtime.refusal}")
        return jsonify(asdict(runtime.manifest))

    return routes
