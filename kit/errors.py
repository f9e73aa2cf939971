"""Errors: a class with a status and a code; one handler turns each into one JSON shape."""

from typing import ClassVar


class AppError(Exception):
    """An error to tell: ``status`` (HTTP), ``code`` (stable), ``message`` (Chinese)."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def as_json(self) -> dict[str, dict[str, str]]:
        """The one shape of an error on the wire."""
        return {"error": {"code": self.code, "message": self.message}}


class InvalidInputError(AppError):
    """The input is wrong; the message says what to change."""

    status = 422
    code = "invalid"


class NotFoundError(AppError):
    """No such thing, or none that this caller may see."""

    status = 404
    code = "not_found"


class ForbiddenError(AppError):
    """The caller is known, but may not do this."""

    status = 403
    code = "forbidden"


class NotAuthenticatedError(AppError):
    """The caller is not known: log in, or show a valid token."""

    status = 401
    code = "not_authenticated"


class ConflictError(AppError):
    """The thing is in another state than the caller believed."""

    status = 409
    code = "conflict"


class TooManyRequestsError(AppError):
    """The caller must wait."""

    status = 429
    code = "too_many"


class UnavailableError(AppError):
    """Something we need does not answer; trying again later helps."""

    status = 503
    code = "unavailable"
