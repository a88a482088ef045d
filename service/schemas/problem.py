"""The schema of errors, RFC 9457 problem details."""

from service.schemas.member import Exact, several, text, whole


class Fault(Exact):
    """One fault of a request."""

    pointer = text("JSON Pointer (RFC 6901) to what is wrong; empty for the whole")
    code = text("A stable code")
    detail = text("What was found and what is allowed")


class Problem(Exact):
    """A refused request; it changed nothing."""

    type = text("A URN that names the kind of problem")
    title = text("The kind of problem in words")
    status = whole("The HTTP status")
    detail = text("What was wrong, in a sentence")
    instance = text("The path that was asked")
    errors = several(Fault, "Every fault that was found", required=False)
