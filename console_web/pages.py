"""The built console: an exact list of files, made by looking into the folder, not by joining what a browser asks for to a path."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.datastructures import Headers
from starlette.staticfiles import NotModifiedResponse

from console_web.guard import guarded_router, public
from console_web.problems import not_found

PAGES: Final = {
    "/": "index.html",
    "/login": "login.html",
    "/operador": "operador.html",
    "/despacho": "despacho.html",
    "/investigacion": "investigacion.html",
    "/supervision": "supervision.html",
    "/admin": "admin.html",
}
"""Address of each page → its file in the built console."""

_NOT_BUILT: Final = "La consola no está construida en este servidor.\nThe console is not built: run `make console`.\n"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_MAX_FILES: Final = 5000


@dataclass(slots=True)
class BuiltConsole:
    """The files of one folder by URL path; looked up again where the build is newer than the list."""

    folder: Path
    _files: dict[str, Path] = field(default_factory=dict)
    _built_ns: int = -1

    def file(self, url_path: str) -> Path | None:
        """The file behind a path of the form ``/assets/app-1a2b.js``, or None. Pages are not among them, see ``page``."""
        self._refresh()
        return None if url_path.endswith(".html") else self._files.get(url_path)

    def page(self, url_path: str) -> Path | None:
        """The page at an address of ``PAGES``, or None where the console is not built."""
        self._refresh()
        return self._files.get(f"/{PAGES[url_path]}")

    def _refresh(self) -> None:
        try:
            built_ns = (self.folder / PAGES["/"]).stat().st_mtime_ns
        except OSError:
            self._files, self._built_ns = {}, -1
            return
        if built_ns == self._built_ns:
            return
        files: dict[str, Path] = {}
        for path in sorted(self.folder.rglob("*"))[:_MAX_FILES]:
            # A link could lead anywhere; a build has none.
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                files[f"/{path.relative_to(self.folder).as_posix()}"] = path
        self._files, self._built_ns = files, built_ns


router = guarded_router()


def _served(request: Request, path: Path, cache_control: str) -> Response:
    try:
        stat_result = path.stat()
    except OSError:
        # Between the list and now a new build took its place.
        raise not_found() from None
    media_type = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = FileResponse(
        path, stat_result=stat_result, media_type=media_type, headers={"cache-control": cache_control}
    )
    sent = Headers(scope=request.scope)
    known = [tag.strip().removeprefix("W/") for tag in sent.get("if-none-match", "").split(",")]
    if response.headers["etag"] in known:
        return NotModifiedResponse(response.headers)
    return response


@public
async def page(request: Request) -> Response:
    """One of the console's pages."""
    console: BuiltConsole = request.app.state.console
    path = console.page(request.scope["path"])
    if path is None:
        return PlainTextResponse(_NOT_BUILT, 503)
    # Pages name their scripts by hash: they must be asked for each time, or a new build is not seen.
    return _served(request, path, "no-cache")


@public
async def asset(request: Request) -> Response:
    """A script, style, font, sound or picture of the console."""
    console: BuiltConsole = request.app.state.console
    url_path = request.scope["path"]
    path = console.file(url_path)
    if path is None:
        raise not_found()
    hashed = url_path.startswith("/assets/")
    return _served(request, path, "public, max-age=31536000, immutable" if hashed else "no-cache")


for _address in PAGES:
    router.add_api_route(_address, page, methods=["GET", "HEAD"], include_in_schema=False)
router.add_api_route("/assets/{name:path}", asset, methods=["GET", "HEAD"], include_in_schema=False)
router.add_api_route("/{name}", asset, methods=["GET", "HEAD"], include_in_schema=False)
