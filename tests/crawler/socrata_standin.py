"""A small Socrata portal without sockets: one dataset in SQLite, asked in SoQL."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.ask import Answer, Ask

Row = dict[str, Any]
Clauses = dict[str, str]


class Portal:
    """Answers for `rows` of these `columns`; `tamper` may change what is sent."""

    def __init__(
        self, columns: Iterable[str], rows: list[Row], clock: Callable[[], datetime]
    ) -> None:
        self.columns, self.rows, self.clock = list(columns), rows, clock
        self.updated = int(clock().timestamp()) - 3600
        self.requests: list[Ask] = []
        self.tamper: Callable[[Ask, Any], Any] = lambda _ask, body: body

    def reply(self, ask: Ask) -> Answer:
        self.requests.append(ask)
        parts = urlsplit(ask.url)
        clauses = dict(parse_qsl(parts.query))
        body = self.tamper(ask, self._body(parts.path, clauses))
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        modified = format_datetime(datetime.fromtimestamp(self.updated, UTC), usegmt=True)
        headers = {"last-modified": modified, "x-soda2-data-out-of-date": "false"}
        return Answer(ask, ask.url, 200, headers, raw, self.clock())

    def _body(self, path: str, clauses: Clauses) -> Any:
        sent = (name for row in self.rows for name in row)
        names = list(dict.fromkeys([*self.columns, *sent]))
        if path.startswith("/api/views/"):
            columns = [{"fieldName": name} for name in [*names, ":@computed_region"]]
            return {"rowsUpdatedAt": self.updated, "columns": columns}
        try:
            return self._query(names, clauses)
        except sqlite3.Error as error:
            return {"error": True, "message": f"Query failed: {error}"}

    def _query(self, names: list[str], clauses: Clauses) -> list[Row]:
        """SoQL is near enough to SQL; without `$order` the rows come as they like, each time."""
        parts = {
            "SELECT": clauses.get("$select", "*"),
            "FROM data WHERE": clauses.get("$where", "1"),
            "ORDER BY": clauses.get("$order", f"(rowid * {len(self.requests) * 7919}) % 1009"),
            "LIMIT": clauses.get("$limit", "1000"),
            "OFFSET": clauses.get("$offset", "0"),
        }
        query = " ".join(f"{word} {said}" for word, said in parts.items())
        with closing(sqlite3.connect(":memory:")) as db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA case_sensitive_like = ON")
            db.execute(f"CREATE TABLE data ({', '.join(names)})")
            marks = ", ".join("?" * len(names))
            values = [[row.get(name) for name in names] for row in self.rows]
            db.executemany(f"INSERT INTO data VALUES ({marks})", values)  # noqa: S608
            found = db.execute(query.replace(":id", "rowid")).fetchall()
        told = [dict(row) for row in found]
        return [
            {name.replace("(1)", "_1"): str(cell) for name, cell in row.items() if cell is not None}
            for row in told
        ]
