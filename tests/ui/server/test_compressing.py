"""Messages to the browser are compressed with a larger window than uvicorn's."""

import asyncio

import pytest

from lessons.ui.server.compressing import WINDOW_BITS
from tests.support.app_server import AppServer
from tests.support.tab import Tab


@pytest.mark.server
def test_a_tab_is_sent_messages_that_are_compressed_with_more_in_view(tmp_path):
    server = AppServer(tmp_path, {})

    async def bits() -> int:
        async with Tab(server.url) as tab:
            await tab.connect()
            (extension,) = tab.ws.protocol.extensions
            return extension.remote_max_window_bits

    try:
        server.start()
        assert asyncio.run(bits()) == WINDOW_BITS
    finally:
        server.stop()
