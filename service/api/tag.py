"""Tags: an answer that the caller already has is not sent again."""

from http import HTTPStatus

from flask import Response, request


def tag(response: Response) -> Response:
    """Give an answer that is no refusal an ETag; make it a 304 when the caller has it."""
    # By hand, for Werkzeug would answer a refusal and If-Match conditionally too.
    if response.status_code == HTTPStatus.OK:
        response.add_etag()
        if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
            response.status_code = HTTPStatus.NOT_MODIFIED
    return response
