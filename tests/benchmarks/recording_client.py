"""A client that remembers what it asked, so that the same can be asked bare."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.hubspot.client import HubspotClient


@dataclass(kw_only=True)
class RecordingClient(HubspotClient):
    """HubSpot's client.

    Attributes
    ----------
    asked : list of tuple
        Method, path, query and body of each request.
    """

    asked: list[tuple[str, str, Mapping[str, str] | None, Json | list[Json] | None]] = field(
        default_factory=list, init=False
    )

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | list[Json] | None = None,
        again: bool = True,
    ) -> Json:
        """Remember a request and send it."""
        self.asked.append((method, path, query, body))
        return super().call(method, path, query=query, body=body, again=again)

    def bare_seconds(self) -> float:
        """Send all that was asked once more, and do nothing with the answers but take them."""
        headers = self.sign(self.token.reveal())
        began = time.perf_counter()
        for method, path, query, body in self.asked:
            self._http.request(method, path, params=query, json=body, headers=headers)
        return time.perf_counter() - began
