"""A browser tab without a browser, as the bench, the load run and the chaos run use it."""

import socket
from typing import Any

from tests.support.st_client import StClient, Timing


class Tab(StClient):
    """A browser tab that acknowledges each message at once, where the system can (TCP_QUICKACK, Linux).

    Streamlit does not set TCP_NODELAY, so a client that acknowledges late adds up to 40 ms in which the server only waits.
    It offers compression as Chromium does, and counts in `wire` the bytes that really come through the socket.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, compression="deflate", on_msg=lambda message, milliseconds: self._acknowledge())
        self.wire = 0

    async def connect(self) -> float:
        milliseconds = await super().connect()
        receive = self.ws.data_received

        def count(data: bytes) -> None:
            self.wire += len(data)
            receive(data)

        self.ws.data_received = count
        self._acknowledge()
        return milliseconds

    async def rerun(self, **how: Any) -> Timing:
        self.wire = 0
        return await super().rerun(**how)

    def _acknowledge(self) -> None:
        if hasattr(socket, "TCP_QUICKACK") and self.ws is not None:
            connection = self.ws.transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
