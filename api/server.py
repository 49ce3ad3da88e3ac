"""The HTTP application around a System: routes, errors, start and stop."""

import asyncio
import errno
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from api import (
    alarms,
    amendments,
    audit_routes,
    calibrations,
    cells,
    changes,
    confirmations,
    delegations,
    diagnoses,
    disputing,
    documents,
    editing,
    export,
    freezing,
    ingest,
    lineage,
    local_routes,
    locking,
    oncall,
    proposing,
    prospects,
    rehearsals,
    reports,
    reruns,
    routes,
    routine,
    schedules,
    sensitivity,
    signing_in,
    slack_routes,
    suppositions,
    sweeps,
    testimony,
    values,
    views,
    warehouses,
)
from api.aside import Aside
from api.door import Door
from api.glance import Glance
from api.inlet import MOST_BYTES as PUSHED
from api.query import bounds, known_query
from api.slack_door import MOST_BYTES as SLACK
from twin_core.errors import BadInput, Conflict, OpsTwinError

if TYPE_CHECKING:
    from api.system import System

log = structlog.get_logger(__name__)

_MORE = {
    "/ingest": PUSHED,
    "/values": values.MOST_BYTES,
    "/documents": documents.MOST_BYTES,
    "/charts/png": suppositions.MOST_BYTES,
    **{f"/warehouses/{what}": warehouses.MOST_BYTES for what in warehouses.WEIGHED},
    "/schedules/shop": schedules.MOST_BYTES,
    "/slack/events": SLACK,
}
"""Path → bytes of a body, where more than usual is taken."""
_WAITING = 2048  # connections that may wait to be accepted
_SWITCH_S = 0.001
"""How long the ingest thread may keep an answer waiting for the interpreter, each time."""


def _raised(problem: OpsTwinError) -> None:
    raise problem


_ROOMS = (
    routes,
    signing_in,
    audit_routes,
    reruns,
    export,
    editing,
    freezing,
    disputing,
    proposing,
    locking,
    delegations,
    routine,
    oncall,
    slack_routes,
    local_routes,
    amendments,
    lineage,
    calibrations,
    cells,
    alarms,
    reports,
    ingest,
    values,
    changes,
    documents,
    confirmations,
    testimony,
    diagnoses,
    sweeps,
    schedules,
    warehouses,
    sensitivity,
    prospects,
    suppositions,
    rehearsals,
)
"""What has routes, in the order in which the page of the API shows it."""


def application(system: "System", failed: Callable[[OpsTwinError], None] = _raised) -> FastAPI:
    """The application; it starts the system with itself and stops it.

    Args:
        system: what runs behind it.
        failed: told what keeps the system from starting, or from stopping well.
    """
    aside = Aside()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with AsyncExitStack() as stack:
                try:
                    await stack.enter_async_context(system.running())
                except OpsTwinError as problem:
                    failed(problem)
                stack.push_async_callback(asyncio.to_thread, aside.close)
                yield
        except OpsTwinError as problem:
            failed(problem)

    app = FastAPIOffline(  # a plant's network reaches no public server, nor should its pages
        redoc_url=None,
        swagger_ui_parameters={"validatorUrl": None},
        title="OpsTwin",
        version="1",
        lifespan=lifespan,
        dependencies=[Depends(known_query)],
        summary="Ask a plant's digital twin; propose; decide.",
    )
    app.state.aside = aside
    app.add_middleware(Door, more=_MORE)
    app.add_middleware(Glance, system=system)
    app.state.system = system
    app.state.leaving = lambda: False  # whether the server has been told to stop
    for room in _ROOMS:
        app.include_router(room.router)

    @app.exception_handler(OpsTwinError)
    async def _known(_request: Request, error: OpsTwinError) -> Response:
        status = views.http_status(error)
        if status >= 500:
            log.error("a request failed", error=type(error).__name__, problem=str(error))
        return JSONResponse(views.problem(error), status, views.headers(error))

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        said = first["msg"].removeprefix("Value error, ").lower()
        return await _known(request, BadInput(f"{where}: {said}{bounds(request, first['loc'])}."))

    @app.exception_handler(HTTPException)
    async def _nowhere(request: Request, error: HTTPException) -> Response:
        asked = f"{request.method} {request.url.path}"
        told = BadInput(f"{asked}: {error.detail.lower()}; /docs tells what there is.")
        return JSONResponse(views.problem(told), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def _broken(_request: Request, _error: Exception) -> Response:
        told = OpsTwinError("Something broke inside the server; its log says what.")
        return JSONResponse(views.problem(told), views.http_status(told))

    return app


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens on `host` and `port` until the block ends; port 0 takes a free one.

    Raises:
        BadInput: no such address here, or it may not be listened on.
        Conflict: another program listens there.
    """
    try:
        if not host:
            raise BadInput("--host: an address of this machine is needed.")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise BadInput(f"--host: “{host}” is not an address of this machine.") from problem
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] == socket.AF_INET6)
    with socket.socket(family, kind, protocol) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
            door.listen(_WAITING)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise Conflict(
                    f"{host} port {port}", "another program listens there; give another --port"
                ) from problem
            raise BadInput(
                f"--host, --port: {host} port {port} cannot be listened on: {problem.strerror}."
            ) from problem
        yield door


def serve(system: "System", door: socket.socket) -> None:
    """Serve what comes in by `door` until interrupted.

    Raises:
        OpsTwinError: what kept the system from starting, or from stopping well.
    """
    import uvicorn

    from api.wire import Wire

    problems: list[OpsTwinError] = []

    def failed(problem: OpsTwinError) -> None:
        problems.append(problem)
        server.should_exit = True

    app = application(system, failed)
    config = uvicorn.Config(
        app,
        http=Wire,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    app.state.leaving = lambda: server.should_exit
    gc.collect()
    gc.freeze()  # what is built stays: a full collection through a large plant stops all for long
    sys.setswitchinterval(_SWITCH_S)
    try:
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            server.run(sockets=[door])
    finally:
        gc.unfreeze()
    if problems:
        raise problems[0]
