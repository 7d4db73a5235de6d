"""Bodies whose keys stand once each.

Why: JSON leaves open what a repeated key means. Python takes the last, others the first, so that
what was checked elsewhere and what is stored here could differ.
"""

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

MUST_STAND_ONCE = "must stand once"


class RepeatedKeys(json.JSONDecodeError):
    """A body that is JSON but says two things under one key; ``name`` is that key."""

    def __init__(self, name: str) -> None:
        super().__init__(MUST_STAND_ONCE, "", 0)
        self.name = name


class StrictJsonRoute(APIRoute):
    """A route that refuses bodies in which a key stands twice."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap requests so that their JSON is read strictly."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return handle_strictly


class _StrictRequest(Request):
    async def json(self) -> Any:
        return json.loads(await self.body(), object_pairs_hook=_unique)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        raise RepeatedKeys(next(name for name in names if names.count(name) > 1))
    return read
