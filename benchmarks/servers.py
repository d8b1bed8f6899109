"""Starts the servers that are compared: the product, an empty FastAPI route, Datasette."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn
from datasette.app import Datasette
from fastapi import FastAPI

from benchmarks.load import Home

empty = FastAPI()


@empty.get("/")
async def _nothing() -> dict[str, str]:
    return {}


@contextmanager
def product(home: Home) -> Iterator[int]:
    """`goodstanding serve` over this home, without a limit of requests a minute."""
    said = {"HOME": home.folder, "REGISTERS": home.registers, "RATE_LIMIT": 0}
    environment = {f"GOODSTANDING_{key}": str(value) for key, value in said.items()}
    with _serving(["-m", "service", "serve", "--port"], environment) as port:
        yield port


@contextmanager
def bare() -> Iterator[int]:
    """An empty FastAPI route under the settings of `goodstanding serve` (service/app.py)."""
    with _serving(["-m", "benchmarks.servers", "empty"], {}) as port:
        yield port


@contextmanager
def datasette(home: Home) -> Iterator[int]:
    """Datasette over the plain tables, with the words of all names in its full-text search.

    Under the same settings, too: its own command would write a line for every request.
    """
    words = ["-m", "benchmarks.servers", str(_datasette_file(home))]
    with _serving(words, {}) as port:
        yield port


@contextmanager
def _serving(words: list[str], environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, *words, str(port)]
    said = {**os.environ, **environment}
    with subprocess.Popen(command, env=said, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, port)
            yield port
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            raise SystemExit(f"{server.args!r} ended with {server.returncode}.")
        time.sleep(0.1)
    raise SystemExit(f"{server.args!r} does not answer on port {port}.")


def _datasette_file(home: Home) -> Path:
    path = home.folder / "datasette.db"
    if path.exists():
        return path
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"attach '{home.plain}' as plain")
        db.executescript("""
            create table person (id integer primary key, register text, key text, number text,
              number_key text, name text, city text, names text);
            insert into person select person.id, register, key, number, number_key, name, city,
              group_concat(folded, ' ') from plain.person
              join plain.name on name.person = person.id group by person.id;
            create index person_number_key on person (number_key, register);
            create virtual table person_fts using fts5(names, content="person", content_rowid="id");
            insert into person_fts (person_fts) values ('rebuild');
            analyze;
        """)
    return path


def main(what: str, port: int) -> None:
    """Serve the empty route, or a file through Datasette, until stopped."""
    app = empty if what == "empty" else Datasette([], immutables=[what]).app()
    uvicorn.run(app, port=port, access_log=False, log_level="warning", server_header=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
