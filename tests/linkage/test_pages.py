"""The pages of stores are read as their engines write them."""

import sqlite3
from secrets import token_bytes

from tests.linkage.pages import Rows, sqlite_rows
from tests.linkage.traces import find


def test_rows_of_one_page_are_ranked_as_they_were_put_there(tmp_path):
    keys = [token_bytes(32) for _ in range(12)]
    store = sqlite3.connect(tmp_path / "store", isolation_level=None)
    store.execute("CREATE TABLE row (key BLOB PRIMARY KEY, content BLOB) WITHOUT ROWID")
    for key in keys:
        store.execute("INSERT INTO row VALUES (?, ?)", (key, bytes(200)))
    store.close()

    file = (tmp_path / "store").read_bytes()
    rows = Rows(sqlite_rows(file))
    places = {key: rows.at(at) for key, (at,) in find(file, keys).items()}

    turns = [row.turn for row in map(places.get, keys) if row]
    assert len(turns) == len(keys)
    assert turns == sorted(turns)
    assert len({row.page for row in places.values() if row}) == 1
