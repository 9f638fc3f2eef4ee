"""A server between a client and a database, which can fall silent, go away and come back."""

import select
import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes bytes on to a server at 127.0.0.1, until it is told otherwise. Close it at the end.

    `accepted` counts the connections that were asked for, also those that were closed at once.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._passing = threading.Event()
        self._passing.set()
        self._away = False
        self.accepted = 0
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Keep every connection, take new ones, and pass nothing on."""
        self._passing.clear()

    def go_away(self) -> None:
        """Close every connection, and new ones at once."""
        self._away = True
        for pair in self._pairs:
            _close(pair)
        self._pairs.clear()

    def come_back(self) -> None:
        self._away = False
        self._passing.set()

    def close(self) -> None:
        self.go_away()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                if self._away:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                self._pairs.append((client, server))
                threading.Thread(target=self._pass_on, args=((client, server),), daemon=True).start()

    def _pass_on(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with suppress(OSError, ValueError):
            while True:
                for source in select.select(pair, [], [])[0]:
                    self._passing.wait()
                    data = source.recv(65_536)
                    if not data:
                        _close(pair)
                        return
                    pair[pair.index(source) - 1].sendall(data)
        _close(pair)


def _close(pair: tuple[socket.socket, socket.socket]) -> None:
    for one in pair:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
