"""Every refusal in one shape: ``{"error": {"code", "message", "remedy"}}``, in Spanish, without a word of the exception behind it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from nvr import errors

_log = logging.getLogger(__name__)


class Problem(errors.NvrError):
    """A request that is answered with an error.

    Args:
        status: HTTP status.
        code: one of docs/design/api.md's codes.
        message: for the operator, in Spanish.
        remedy: what he can do, in Spanish, or "".
        headers: further response headers, e.g. Retry-After.
    """

    def __init__(
        self, status: int, code: str, message: str, remedy: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """As it goes over the wire."""
        body = {"error": {"code": self.code, "message": self.message, "remedy": self.remedy}}
        return JSONResponse(body, self.status, headers=self.headers)


def not_authenticated() -> Problem:
    """No session, or one that has ended."""
    return Problem(401, "not_authenticated", "Su sesión no está abierta o terminó.", "Ingrese de nuevo.")


def not_allowed(message: str = "Su rol no permite esta acción.") -> Problem:
    """Known, but his role lacks the action."""
    return Problem(403, "not_allowed", message)


def not_found() -> Problem:
    """No such thing, or none that he may see: the two answer alike, byte for byte."""
    return Problem(404, "not_found", "No existe, o no está a su alcance.")


def invalid(message: str) -> Problem:
    """A value that can't be used."""
    return Problem(422, "invalid", message)


def too_many(retry_after_s: int) -> Problem:
    """Throttled. What a person is told is never too early."""
    wait = f"{retry_after_s} s" if retry_after_s < 60 else f"{-(-retry_after_s // 60)} min"
    return Problem(
        429,
        "too_many",
        "Demasiados intentos.",
        f"Espere {wait} e intente de nuevo.",
        {"retry-after": str(retry_after_s)},
    )


_BY_STATUS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "La solicitud está mal formada."),
    401: ("not_authenticated", "Su sesión no está abierta o terminó."),
    403: ("not_allowed", "No está permitido."),
    404: ("not_found", "No existe, o no está a su alcance."),
    405: ("bad_request", "Esta dirección no admite ese método."),
    413: ("bad_request", "La solicitud es demasiado grande."),
    416: ("bad_request", "El archivo no tiene ese tramo."),
    429: ("too_many", "Demasiadas solicitudes."),
}


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """What an HTTP status of the framework's says in our shape."""
    code, message = _BY_STATUS.get(status, ("unavailable", "El servidor no pudo atender la solicitud."))
    return Problem(status, code, message, headers=headers)


_SPOKEN: Final = (
    (errors.Conflict, 409, "conflict"),
    (errors.IllegalStep, 409, "illegal_step"),
    (errors.InvalidInput, 422, "invalid"),
)
"""Errors whose message is the desk's own, in Spanish, for the operator."""


def of_error(error: errors.NvrError) -> Problem:
    """The answer to an error of ours. What storage and catalogue say is for the log, not for the screen."""
    if isinstance(error, Problem):
        return error
    for kind, status, code in _SPOKEN:
        # With a cause it is the database that speaks, and of rows and columns.
        if isinstance(error, kind) and error.__cause__ is None:
            return Problem(status, code, error.message, error.remedy)
    if isinstance(error, errors.NotFound):
        return not_found()
    return Problem(
        503, "unavailable", "El servidor no pudo atender la solicitud.", "Intente de nuevo; avise al administrador."
    )


def _of_validation(error: RequestValidationError) -> Problem:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Problem(400, "bad_request", "El cuerpo no es JSON válido.")
    # Names of fields only: what was typed may be a password.
    fields = sorted({".".join(str(part)[:40] for part in fault["loc"][1:]) or "cuerpo" for fault in faults})[:8]
    return Problem(422, "invalid", f"Revise estos campos: {', '.join(fields)}.")


def install(app: FastAPI) -> None:
    """Teach ``app`` to answer every error in our shape."""

    async def on_own(connection: HTTPConnection, error: Exception) -> JSONResponse | None:
        if not isinstance(error, errors.NvrError):
            raise TypeError from error
        problem = of_error(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("a request failed: %s", error)
        if isinstance(connection, WebSocket):
            # The browser comes again by itself; 1013 is "try again later" (IANA's registry of close codes).
            with suppress(WebSocketDisconnect, WebSocketDisconnected):
                await connection.close(1013)
            return None
        return problem.response()

    async def on_gone(_socket: WebSocket, _error: Exception) -> None:
        # Refused, or closed by the other end: all is said, and no fault of ours that a log would need a trace of.
        return

    async def on_http(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise TypeError from error
        return of_status(error.status_code, error.headers).response()

    async def on_validation(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise TypeError from error
        return _of_validation(error).response()

    async def on_any(_request: Request, _error: Exception) -> JSONResponse:
        # Starlette raises the exception again after this answer, so that the server logs it with its trace.
        return of_status(500).response()

    app.add_exception_handler(errors.NvrError, on_own)  # type: ignore[arg-type]  # Starlette types no handler that takes both kinds
    app.add_exception_handler(WebSocketDisconnect, on_gone)
    app.add_exception_handler(WebSocketDisconnected, on_gone)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_any)
