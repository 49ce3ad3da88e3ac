"""The HTTP application around a System: routes, errors, start and stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from api import routes, views
from twin_core.errors import OpsTwinError

if TYPE_CHECKING:
    from api.system import System

log = structlog.get_logger(__name__)


def application(system: "System") -> FastAPI:
    """The application; it starts the system with itself and stops it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with system.running():
            yield

    app = FastAPI(
        title="OpsTwin",
        version="1",
        lifespan=lifespan,
        summary="Ask a plant's digital twin; propose; decide.",
    )
    app.state.system = system
    app.include_router(routes.router)

    @app.exception_handler(OpsTwinError)
    async def _known(_request: Request, error: OpsTwinError) -> JSONResponse:
        status = views.http_status(error)
        if status >= 500:
            log.error("a request failed", error=type(error).__name__, problem=str(error))
        return JSONResponse(views.problem(error), status_code=status)

    @app.exception_handler(RequestValidationError)
    async def _malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        return JSONResponse(
            {"error": "BadInput", "message": f"{where}: {first['msg'].lower()}."}, status_code=422
        )

    return app


def serve(system: "System", host: str, port: int) -> None:
    """Serve until interrupted."""
    import uvicorn

    uvicorn.run(
        application(system),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
