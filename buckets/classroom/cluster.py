"""Marking by a Dask cluster that is there already: `buckets grade --dask ADDRESS`.

This side keeps the gradebook and the names. A worker gets a notebook and the tests, and
gives back a result; see on_a_worker.py. Dask gives what a dead worker had to another
one, and each result is taken once. docs/decisions/018 says why.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from buckets import course
from buckets.classroom import CannotGrade, on_a_worker
from buckets.classroom.marking import Marked
from buckets.grading import engine

if TYPE_CHECKING:
    from distributed import Client, Future

NOT_INSTALLED = (
    "--dask needs Dask, which is not installed here: pip install distributed"
)
CONNECT_SECONDS = 10
# A cluster may start its next worker late.
EMPTY_SECONDS = 120.0
LOOK_SECONDS = 2.0


class Cluster:
    """A Dask cluster that marks submissions of one topic, as a context.

    Args:
        address: of its scheduler, such as tcp://10.0.0.5:8786.
        topic: what is marked.

    Raises:
        CannotGrade: Dask is not installed, nobody answers, or a worker cannot mark.
    """

    def __init__(self, address: str, topic: course.Topic):
        self.address = address
        self.client = _connected(address)
        self.topic, self.errand = topic, on_a_worker.pack(topic)
        self.stopped = False
        try:
            self._ask_everybody()
        except BaseException:
            self.stop()
            raise

    @property
    def threads(self) -> int:
        """How many submissions it marks at a time."""
        return max(1, sum(self.client.nthreads().values()))

    def mark(self, topic: course.Topic, notebook: dict[str, Any]) -> Marked:
        """What a worker makes of a notebook.

        Args:
            topic: what it answers.
            notebook: from handed_in.read(), rebuilt.

        Raises:
            CannotGrade: the cluster is gone, or a worker cannot mark.
        """
        try:
            sent = self.client.submit(
                on_a_worker.mark_here, self.errand, _bare(notebook), pure=False
            )
            return Marked.from_document(self._result(sent))
        except (on_a_worker.Unfit, ModuleNotFoundError) as error:
            raise CannotGrade(_unfit(self.address, str(error))) from None
        except (CancelledError, OSError, TimeoutError) as error:
            raise CannotGrade(_gone(self.address, error)) from None
        except Exception as error:
            if self.stopped:
                raise CannotGrade(_gone(self.address, error)) from None
            return _not_marked(topic, error)

    def _result(self, sent: Future) -> dict[str, Any]:
        """Wait for a result, as long as there is anybody who might bring it.

        Raises:
            CannotGrade: nobody is left.
        """
        last_seen = time.monotonic()
        while True:
            with suppress(TimeoutError):
                found: dict[str, Any] = sent.result(timeout=LOOK_SECONDS)
                return found
            if sent.done():
                # The time was up as it came; or this is what marking raised.
                found = sent.result()
                return found
            now = time.monotonic()
            last_seen = now if self.client.nthreads() else last_seen
            if now - last_seen > EMPTY_SECONDS:
                raise CannotGrade(_nobody(self.address))

    def _ask_everybody(self) -> None:
        """Ask each worker whether it can mark; one that comes later is asked there."""
        answers = self.client.run(
            on_a_worker.unfit, self.errand.edition, on_error="return"
        )
        if not answers:
            raise CannotGrade(_nobody(self.address))
        for worker, answer in sorted(answers.items()):
            if answer:
                raise CannotGrade(_unfit(worker, str(answer)))

    def stop(self) -> None:
        """Let go of the cluster, and of all that it has not given back."""
        self.stopped = True
        with suppress(Exception):
            self.client.close(timeout=CONNECT_SECONDS)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise CannotGrade(NOT_INSTALLED) from None
    # What is worth knowing is told in a sentence.
    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise CannotGrade(
            f"Nothing was graded: no Dask scheduler answers at {address} "
            f"({type(error).__name__}). It is an address such as tcp://10.0.0.5:8786."
        ) from None


def _bare(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook without its pictures, which are not run."""
    kept = ("cell_type", "id", "metadata", "source")
    cells = [{name: cell[name] for name in kept} for cell in notebook["cells"]]
    return {**notebook, "cells": cells}


def _not_marked(topic: course.Topic, error: Exception) -> Marked:
    """The result where the cluster could not mark one submission: no point is lost."""
    why = f"the cluster could not mark it ({type(error).__name__}: {error})"
    return Marked([engine.could_not_run(topic, task, why) for task in topic.tasks])


def _unfit(where: str, why: str) -> str:
    return (
        f"The cluster cannot mark: at {where}, {why}. A worker needs this very version "
        "of the package aisle-of-buckets, and bubblewrap. What was graded so far stays."
    )


def _nobody(address: str) -> str:
    return f"The cluster at {address} has no worker. What was graded so far stays."


def _gone(address: str, error: BaseException) -> str:
    return (
        f"The cluster at {address} does not answer any more ({type(error).__name__}). "
        "What was graded so far stays; run it again, and it goes on from there."
    )
