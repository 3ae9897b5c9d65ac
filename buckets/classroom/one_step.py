"""A submission is recorded in one step: whole, or not at all.

nbgrader opens the gradebook a dozen times while it takes in one notebook, and commits
after each cell. Whoever kills a run in between, or reads the gradebook in that moment,
would find half a row: two grades of three, or a score of None. Here all of these share
one connection and one transaction, and what nbgrader calls a commit is a savepoint.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbgrader.api
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

PATIENCE = 5.0
"""Seconds to wait for somebody else who writes; what sqlite3 waits by default."""


class Shared(sqlite3.Connection):
    """A connection whose users cannot end its transaction."""

    def begin(self) -> None:
        """At once for writing: who waits for that later on may wait for ever.

        Raises:
            sqlite3.OperationalError: somebody else is writing, or it cannot be written.
        """
        self.execute("BEGIN IMMEDIATE")
        self.execute("SAVEPOINT step")

    def commit(self) -> None:
        """What was done so far belongs to the step."""
        self.execute("RELEASE step")
        self.execute("SAVEPOINT step")

    def rollback(self) -> None:
        """Undo what came after the last commit()."""
        self.execute("ROLLBACK TO step")

    def close(self) -> None:
        """Others will need it."""

    def keep(self) -> None:
        """All of it, from now on."""
        self.execute("COMMIT")

    def end(self) -> None:
        """What was not kept has never been."""
        super().close()


@contextmanager
def in_one_step(db_url: str) -> Iterator[None]:
    """Whatever gradebook this thread opens within is written when it ends well.

    Of the databases that nbgrader can use this is for SQLite, its default. Others go on
    as nbgrader has them.

    Args:
        db_url: of the gradebook.

    Raises:
        sqlite3.OperationalError: it is locked, or cannot be written.
    """
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    # isolation_level: no transaction but ours.
    shared = sqlite3.connect(
        url.database, PATIENCE, isolation_level=None, factory=Shared
    )
    try:
        with _opened_by(shared):
            shared.begin()
            yield
            shared.keep()
    finally:
        shared.end()


@contextmanager
def _opened_by(shared: Shared) -> Iterator[None]:
    """Each gradebook of nbgrader's uses this connection."""

    def engine(url: str, **more: Any) -> Engine:
        return create_engine(
            "sqlite://", creator=lambda: shared, poolclass=NullPool, **more
        )

    before = nbgrader.api.create_engine
    nbgrader.api.create_engine = engine
    try:
        yield
    finally:
        nbgrader.api.create_engine = before
