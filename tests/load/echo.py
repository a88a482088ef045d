"""The least that Flask can do with JSON: what the service is measured against."""

from flask import Flask, Response, jsonify, request


def create_app() -> Flask:
    """Build an application that reads JSON and returns it; `/readyz` says that it is there."""
    app = Flask(__name__, static_folder=None)

    @app.post("/echo")
    def echo() -> Response:
        return jsonify(request.get_json())

    @app.get("/readyz")
    def readyz() -> Response:
        return jsonify(status="ready")

    return app
