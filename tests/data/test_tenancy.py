"""What is a workspace's is found by itself: erased whole, pruned by its settings, and no more."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from data import members, tenancy
from data.store import Store, StoreError
from data.tenancy import erase, holdings, owned, prune
from tests.conftest import NOON

OURS = {"access_log", "api_key", "member", "one_time_link", "replay", "sign_in"}
PLAIN: dict[type, Any] = {int: 1, bool: False, datetime: NOON, date: NOON.date(), float: 1.0}


class Filler:
    """Puts a row into any table, and into those it refers to."""

    def __init__(self, db: Connection, workspace_id: int) -> None:
        self.db, self.workspace_id, self.count = db, workspace_id, 0

    def put(self, table: sa.Table, at: datetime = NOON) -> Any:
        """A row; its primary key."""
        values = {c.name: self.value(c, at) for c in table.c if not self.given(c)}
        done = self.db.execute(table.insert().values(values).returning(*table.primary_key.columns))
        return done.one()[0]

    def given(self, column: sa.Column[Any]) -> bool:
        """Whether the database itself gives the value."""
        alone = column.primary_key and column.table.autoincrement_column is column
        return alone or (column.nullable and not column.foreign_keys)

    def value(self, column: sa.Column[Any], at: datetime) -> Any:
        if column.name == "workspace_id":
            return self.workspace_id
        for key in column.foreign_keys:
            return self.put(key.column.table)
        if isinstance(column.type, sa.Enum):
            return column.type.python_type(column.type.enums[0])
        kind = getattr(column.type, "impl_instance", column.type).python_type
        self.count += 1
        if kind in (str, bytes):
            word = f"w{self.workspace_id}n{self.count}"
            return word if kind is str else word.encode()
        return at if kind is datetime else PLAIN[kind]


@pytest.fixture
def two(store: Store) -> tuple[Store, int, int]:
    """Two workspaces with at least a row in every table that is a workspace's."""
    with store.begin() as db:
        ids = [members.create(db, name, name, NOON) for name in ("one", "two")]
        for id_ in ids:
            filler = Filler(db, id_)
            for table in owned():
                filler.put(table)
    return store, ids[0], ids[1]


def test_the_tables_of_workspaces_are_known() -> None:
    assert {table.name for table in owned()} >= OURS


def test_everything_is_erased_and_nothing_of_another(two: tuple[Store, int, int]) -> None:
    store, one, other = two
    with store.read() as db:
        before = holdings(db, other)
    assert set(before) >= OURS and all(before.values())
    with store.begin() as db:
        gone = erase(db, one)
    assert gone.keys() == before.keys() and all(gone.values())
    with store.read() as db:
        assert holdings(db, other) == before
        assert not any(holdings(db, one).values())
        assert members.workspace(db, one) is None


def test_a_new_table_is_covered_by_being_there(store: Store) -> None:
    metadata = sa.MetaData()
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(metadata)
    parent = sa.Table(
        "roster",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("workspace_id", sa.ForeignKey("workspace.id")),
    )
    child = sa.Table(
        "roster_row",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("roster_id", sa.ForeignKey("roster.id")),
    )
    names = [table.name for table in owned(metadata)]
    assert names.index("roster_row") < names.index("roster")
    with store.begin() as db:
        parent.create(db)
        child.create(db)
        ids = [members.create(db, name, name, NOON) for name in ("one", "two")]
        for id_ in ids:
            roster = db.execute(parent.insert().values(workspace_id=id_).returning(parent.c.id))
            db.execute(child.insert().values(roster_id=roster.scalar_one()))
        gone = erase(db, ids[0], metadata)
        assert (gone["roster"], gone["roster_row"]) == (1, 1)
        left = [db.scalar(sa.select(sa.func.count()).select_from(t)) for t in (parent, child)]
        assert left == [1, 1]


def test_a_number_of_an_erased_workspace_is_nobodys(store: Store) -> None:
    with store.begin() as db:
        first = members.create(db, "one", "", NOON)
        erase(db, first)
        assert members.create(db, "two", "", NOON) > first


def test_what_is_older_than_a_workspace_keeps_it_goes(store: Store) -> None:
    with store.begin() as db:
        short, ever = (members.create(db, name, "", NOON) for name in ("short", "ever"))
        members.keep(db, short, log_days=30)
        members.keep(db, ever, log_days=0)
        log = SQLModel.metadata.tables["access_log"]
        for id_ in (short, ever):
            for days in (29, 31):
                Filler(db, id_).put(log, NOON - timedelta(days=days))
        assert prune(db, NOON) == {"access_log": 1}
        assert [holdings(db, id_)["access_log"] for id_ in (short, ever)] == [1, 2]


def test_whatever_is_kept_for_a_time_goes_with_what_hangs_on_it(
    two: tuple[Store, int, int],
) -> None:
    store, one, other = two
    with store.begin() as db:
        members.keep(db, one, record_days=1, log_days=1)
        workspace = members.workspace(db, one)
        assert workspace
        before = holdings(db, other)
        prune(db, NOON + timedelta(days=9))
        after = holdings(db, one)
        timed = {t.name for t in owned() if tenancy._old(t, workspace, NOON) is not None}
        assert timed >= {"access_log", "audit", "audit_row", "audit_result"}
        assert {name for name, many in after.items() if many} == set(after) - timed
        assert holdings(db, other) == before


def test_children_go_before_their_parents() -> None:
    metadata = sa.MetaData()
    for name, parent in (("workspace", None), ("audit", "workspace"), ("audit_row", "audit")):
        columns = [sa.Column("id", sa.Integer, primary_key=True)]
        if parent:
            columns.append(sa.Column(f"{parent}_id", sa.ForeignKey(f"{parent}.id")))
        kept = {"kept_by": ("at", "record_days")} if name == "audit" else {}
        moment = [sa.Column("at", sa.DateTime)] if name == "audit" else []
        sa.Table(name, metadata, *columns, *moment, info=kept)
    old = tenancy._old(metadata.tables["audit_row"], {"id": 1, "record_days": 9}, NOON)
    assert old is not None and "audit_row.audit_id IN (SELECT audit.id" in str(old)


def test_a_line_of_the_access_log_cannot_be_altered(two: tuple[Store, int, int]) -> None:
    store = two[0]
    with (
        pytest.raises((StoreError, sa.exc.IntegrityError), match="never altered"),
        store.begin() as db,
    ):
        db.exec_driver_sql("UPDATE access_log SET who = 'somebody else'")
