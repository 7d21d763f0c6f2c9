"""``python -m console_web.openapi``: the interface as an OpenAPI document on standard output, from which the screen's types are made."""

from __future__ import annotations

import json
import sys
from typing import Any

from fastapi import FastAPI

from console_web import app as application


def document() -> dict[str, Any]:
    """The OpenAPI document. Needs no catalogue and no settings."""
    app = FastAPI(title="Sala de control", version="1")
    for router in application.ROUTERS:
        app.include_router(router)
    return app.openapi()


if __name__ == "__main__":
    json.dump(document(), sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
    sys.stdout.write("\n")
