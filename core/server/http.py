"""What is served over HTTP: the participant page, its files, the experiment's own files, `/healthz`.

Owns the routes and the headers. Must not serve anything outside the two folders it is given, nor know of runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web

from core.server.engine_file import Health

PAGE_DIR = Path(__file__).resolve().parents[2] / "resources" / "participant"
# `ws:` by scheme: some browsers do not count a page's own websocket as 'self'.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# What pages show. The experiment file itself may hold TURN passwords and is never served.
SERVED_SUFFIXES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".svg",
        ".avif",
        ".mp3",
        ".ogg",
        ".wav",
        ".m4a",
        ".mp4",
        ".webm",
        ".pdf",
        ".txt",
        ".css",
        ".woff2",
    ]
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(experiment_dir: Path, health: Callable[[], Health]) -> web.Application:
    """The HTTP side; Socket.IO is attached by the caller. Media in `experiment_dir` are under /experiment/."""
    experiment_dir = experiment_dir.resolve()

    async def index(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE_DIR / "index.html")

    async def healthz(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=msgspec.json.encode(health()), content_type="application/json")

    async def favicon(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE_DIR / "icon.svg")

    async def experiment_file(request: web.Request) -> web.StreamResponse:
        path = (experiment_dir / request.match_info["path"]).resolve()
        if path.suffix.lower() not in SERVED_SUFFIXES or not path.is_relative_to(experiment_dir) or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path)

    app = web.Application(middlewares=[_with_headers])
    app.router.add_get("/", index)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/favicon.ico", favicon)
    app.router.add_static("/page", PAGE_DIR)
    app.router.add_get("/experiment/{path:.+}", experiment_file)
    return app


@web.middleware
async def _with_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers on everything but Socket.IO, whose responses may be under way already."""
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(HEADERS)
        raise
    if not response.prepared:
        response.headers.update(HEADERS)
    return response
