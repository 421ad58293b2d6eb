"""A throwaway PostgreSQL cluster in a temporary directory, on loopback, deleted at the end.

PostgreSQL refuses to run as root. If we are root, it runs as `postgres` or, without that user, as the system's
unprivileged user.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.servers.processes import children

_PLACES = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt")


def binaries() -> Path | None:
    """Returns the directory of initdb and postgres, of the newest version found. Returns None if there is none."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    found = [path for place in _PLACES for path in Path(place).glob("*/bin/initdb")]
    return max(found, key=_version, default=Path()).parent if found else None


def extension_directory() -> Path | None:
    """Returns the directory of the control files of extensions, or None without PostgreSQL."""
    found = binaries()
    if found is None or not (found / "pg_config").exists():
        return None
    told = subprocess.run([found / "pg_config", "--sharedir"], capture_output=True, check=True, text=True)
    return Path(told.stdout.strip()) / "extension"


def _version(path: Path) -> int:
    digits = "".join(character for character in path.parts[-3] if character.isdigit())
    return int(digits or 0)


class Cluster:
    """`with Cluster() as cluster: cluster.url("name")`. The default settings are for tests, without fsync.

    With `primary`, it is a streaming replica of that running cluster.
    """

    def __init__(
        self,
        *,
        settings: dict[str, str] | None = None,
        directory: Path | None = None,
        primary: "Cluster | None" = None,
    ) -> None:
        found = binaries()
        if found is None:
            raise RuntimeError("the PostgreSQL binaries were not found; install PostgreSQL")
        self._bin = found
        self._keep = directory is not None
        self._root = directory or Path(tempfile.mkdtemp(prefix="muster-postgres-"))
        self._data = self._root / "data"
        self._settings = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"} | (settings or {})
        self._primary = primary
        self._user = _runner()
        self.port = free_port()

    def __enter__(self) -> Self:
        self._root.mkdir(parents=True, exist_ok=True)
        self.give_away(self._root)
        if self._primary is not None:
            self._run("pg_basebackup", "-D", str(self._data), "-R", "-c", "fast", "-d", self._primary.url())
        elif not (self._data / "PG_VERSION").exists():
            options = "--no-sync -U muster -A trust -E UTF8 --locale=C.UTF-8".split()
            self._run("initdb", "-D", str(self._data), *options)
        self.start()
        return self

    def start(self) -> None:
        options = f"-p {self.port} -k {self._root} -c listen_addresses=127.0.0.1 -c max_connections=200"
        options += "".join(f" -c {name}={value}" for name, value in self._settings.items())
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._root / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stops the server. `mode` is a mode of pg_ctl: smart, fast or immediate."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if not self._keep:
            shutil.rmtree(self._root, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgres://muster@127.0.0.1:{self.port}/{database}"

    @property
    def postmaster(self) -> int:
        """PostgreSQL's main process, the parent of all its others."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspends the postmaster and all its child processes during the block. Their connections stay open."""
        postmaster = self.postmaster
        os.kill(postmaster, signal.SIGSTOP)  # first, so that it starts no further processes
        stopped = [postmaster]
        try:
            for child in children(postmaster):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGSTOP)
                    stopped.append(child)
            yield
        finally:
            for process in stopped:
                os.kill(process, signal.SIGCONT)

    def give_away(self, directory: Path) -> None:
        """Makes the user that PostgreSQL runs as the owner of a directory."""
        if self._user is not None:
            os.chown(directory, self._user.pw_uid, self._user.pw_gid)

    def _run(self, program: str, *arguments: str) -> None:
        _checked([str(self._bin / program), *arguments], self._user, self._root)


def _runner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL can't run as root; create a user named postgres or nobody")


def free_port() -> int:
    """Returns a free port on loopback. Another process could still bind it before the caller does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _checked(command: Sequence[str], user: pwd.struct_passwd | None, directory: Path) -> None:
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=directory,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        check=False,
        text=True,
        errors="replace",
    )
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stdout}")
