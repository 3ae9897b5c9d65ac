"""Tests run beside others, and who fails by time runs alone."""

import threading

import pytest
from processes import locked, until

from buckets.grading import company
from buckets.grading.company import Company


@pytest.fixture
def class_of(tmp_path):
    """A function that makes members of one class."""
    return lambda size: [Company(tmp_path) for _ in range(size)]


class Walker(threading.Thread):
    """Goes in, and stays until it is told to leave."""

    def __init__(self, way):
        super().__init__(daemon=True)
        self.way, self.inside, self.leave = way, threading.Event(), threading.Event()
        self.start()

    def run(self):
        with self.way():
            self.inside.set()
            assert self.leave.wait(30)

    def end(self):
        self.leave.set()
        self.join(30)
        assert not self.is_alive()


def test_tests_run_beside_each_other(class_of):
    walkers = [Walker(member.beside) for member in class_of(3)]
    assert all(walker.inside.wait(30) for walker in walkers)
    for walker in walkers:
        walker.end()


def test_who_wants_to_be_alone_waits_and_is_not_overtaken(class_of, tmp_path):
    anna, ben, cleo = class_of(3)
    first = Walker(anna.beside)
    assert first.inside.wait(30)
    alone = Walker(ben.alone)
    until(lambda: locked(tmp_path / "gate"), "ben waits")
    newcomer = Walker(cleo.beside)
    assert not alone.inside.is_set()
    first.end()
    assert alone.inside.wait(30)
    assert not newcomer.inside.is_set()
    alone.end()
    assert newcomer.inside.wait(30)
    newcomer.end()


def test_a_neighbour_who_hangs_is_waited_for_no_longer_than_so(class_of, monkeypatch):
    anna, ben = class_of(2)
    hangs = Walker(anna.beside)
    assert hangs.inside.wait(30)
    monkeypatch.setattr(company, "SECONDS", 0.05)
    alone = Walker(ben.alone)
    assert alone.inside.wait(30)
    alone.end()
    hangs.end()


def test_what_fails_while_it_runs_lets_go(class_of, tmp_path):
    (anna,) = class_of(1)
    for way in (anna.beside, anna.alone):
        with pytest.raises(ZeroDivisionError), way():
            raise ZeroDivisionError
        assert not locked(tmp_path / "gate")
        assert not locked(tmp_path / "room")


@pytest.mark.parametrize("folder", [None, "is not there"])
def test_without_a_class_or_its_folder_nobody_waits(folder, tmp_path):
    single = Company(folder and tmp_path / folder)
    with single.beside(), single.alone():
        pass
