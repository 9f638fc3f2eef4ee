"""Database servers for one run, each with its own port and folder. The run may stop, kill and start them again."""

import getpass
import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from tests.support.database_servers import SERVERS
from tests.support.redis_server import free_port

START_SECONDS = 30
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/sbin"), Path("/usr/bin"))


def find(*names: str) -> str | None:
    """The path of the first of these programs that is installed, also where a server's programs are not in the PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, PLACES)])
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


class OwnDatabase(ABC):
    """One server. `prepare` makes its files once; what it has stored stays when it is stopped or killed."""

    name: str
    variable: str
    """The variable that tells the app where the server is."""
    user: str | None = None
    """The system user that runs it; None is the user of this process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen | None = None

    @classmethod
    @abstractmethod
    def missing(cls) -> str | None:
        """Why it cannot be started, as a sentence: what is not installed. None if it can."""

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def prepare(self) -> None:
        """Make the files of a new server. Raises subprocess.CalledProcessError."""

    @abstractmethod
    def command(self) -> list[str]: ...

    def start(self) -> None:
        """Start it and wait until it answers. Raises the driver's error if it does not."""
        with (self.folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, user=self.user, group=self.user)
        try_it = next(server.try_it for server in SERVERS if server.variable == self.variable)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                try_it(self.url)
                return
            except Exception:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(60)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End it without giving it time to write anything."""
        self.stop(signal.SIGKILL)


class OwnPostgreSQL(OwnDatabase):
    name, variable = "PostgreSQL", "POSTGRES_URL"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if IS_ROOT:  # it refuses to run as root
            self.user = "postgres"
            shutil.chown(folder, "postgres", "postgres")

    @classmethod
    def missing(cls) -> str | None:
        if not (find("initdb") and find("postgres")):
            return "PostgreSQL is not installed"
        return None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def prepare(self) -> None:
        command = [str(find("initdb")), "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, user=self.user, group=self.user, cwd=self.folder)

    def command(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # the process is killed, and not the machine
            "shared_buffers": "16MB",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(find("postgres")), "-D", str(self.folder / "data"), *options]

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """By default the fast shutdown: it ends the connections. A SIGTERM would wait for them."""
        super().stop(how)

    def kill(self) -> None:
        """The immediate shutdown, after which it recovers; a SIGKILL leaves its other processes behind."""
        self.stop(signal.SIGQUIT)


class OwnMariaDB(OwnDatabase):
    name, variable = "MariaDB", "MYSQL_URL"

    @classmethod
    def missing(cls) -> str | None:
        return None if find("mariadbd") and find("mariadb-install-db") else "MariaDB is not installed"

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/mysql"

    def prepare(self) -> None:
        command = [str(find("mariadb-install-db")), "--no-defaults", f"--datadir={self.folder / 'data'}"]
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", f"--user={getpass.getuser()}"]
        subprocess.run([*command, *options], check=True, capture_output=True, cwd=self.folder)

    def command(self) -> list[str]:
        settings = {
            "datadir": self.folder / "data",
            "port": self.port,
            "bind-address": "127.0.0.1",
            "socket": self.folder / "mariadb.sock",
            "pid-file": self.folder / "mariadb.pid",
            "user": getpass.getuser(),
            "innodb-buffer-pool-size": "16M",
        }
        return [str(find("mariadbd")), "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]


class OwnLastingRedis(OwnDatabase):
    """Redis that writes each command to its file before it answers."""

    name, variable = "Redis", "REDIS_URL"

    @classmethod
    def missing(cls) -> str | None:
        return None if find("redis-server") else "Redis is not installed"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        (self.folder / "data").mkdir()

    def command(self) -> list[str]:
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder / "data",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        return [str(find("redis-server")), *options]
