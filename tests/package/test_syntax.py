"""Python source as a tree, for threads that read at the same time."""

import ast
import subprocess
import sys

import pytest

from buckets import syntax

# Finalizers that let other threads run in the middle of building a tree. With
# ast.parse in the place of syntax.parse, Python 3.11 ends this in a SystemError.
CROWD = """
import ast, gc, sys, threading, time
from buckets import syntax

class Noisy:
    def __init__(self):
        self.me = self
    def __del__(self):
        for _ in range(50):
            time.time()

def read_on():
    while time.monotonic() < end:
        [Noisy() for _ in range(20)]
        syntax.parse(source)

sys.setswitchinterval(1e-6)
gc.set_threshold(50)
threading.excepthook = lambda told: print(told.exc_value, flush=True)
source = open(ast.__file__).read()
end = time.monotonic() + 2
crowd = [threading.Thread(target=read_on) for _ in range(4)]
for each in crowd:
    each.start()
for each in crowd:
    each.join()
"""


def test_it_is_a_tree():
    assert ast.dump(syntax.parse("1 + 1")) == ast.dump(ast.parse("1 + 1"))


def test_what_is_no_python_is_said_to_be_none():
    with pytest.raises(SyntaxError):
        syntax.parse("def broken(:")


def test_many_threads_may_parse_at_once():
    run = subprocess.run(
        [sys.executable, "-c", CROWD], capture_output=True, text=True, timeout=100
    )
    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)
