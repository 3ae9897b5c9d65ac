"""The learner's process is bound, and ends with whoever holds it."""

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest
from processes import Life, asleep, line_from, until

from buckets.child.limits import OWN_USER, Leash

LINUX = sys.platform == "linux"
only_linux = pytest.mark.skipif(not LINUX, reason="the kernel's part is Linux only")
WAYS = [True, False] if LINUX else [False]
ON_A_LEASH = """
import os, select, signal, socket, sys, threading, time
from buckets.child import limits
limits.hold(int(sys.argv[1]), by_kernel=sys.argv[2] == "True")
def ready():
    os.write(1, b"ready\\n")
"""
BOUND = """
import array, errno, json, os, resource, signal, sys, threading
from buckets.child import limits
def bind(**most):
    nothing = dict.fromkeys(limits.Limits._fields)
    limits.apply(limits.Limits(**{**nothing, **most}))
def tell(*things):
    os.write(1, json.dumps(things).encode() + b"\\n")
"""


@pytest.fixture
def leash():
    leash = Leash()
    yield leash
    leash.cut()


@pytest.fixture
def life():
    life = Life()
    yield life
    life.close()


def start(code, *argv, fds=(), before=ON_A_LEASH, **options):
    command = [sys.executable, "-I", "-c", before + textwrap.dedent(code)]
    return subprocess.Popen(
        [*command, *map(str, argv)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=fds,
        start_new_session=True,
        **options,
    )


def held(code, leash, life, by_kernel=True):
    """A process on the leash that has said "ready"."""
    fds = (leash.fd, life.fd)
    popen = start(code, leash.fd, by_kernel, fds=fds)
    assert line_from(popen) == "ready"
    return popen


def told(code, **options):
    """What a bound process tells, as a list; then it is gone, with all its children."""
    life = Life()
    popen = start(code, life.fd, fds=(life.fd,), before=BOUND, **options)
    try:
        return json.loads(line_from(popen))
    finally:
        popen.stdin.close()
        os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()
        assert life.is_over()
        life.close()


BLOCKED = {
    "select": "ready(); select.select([], [], [])",
    "sleep": "ready(); time.sleep(1000)",
    "read": "ready(); os.read(os.pipe()[0], 1)",
    "accept": """
        listener = socket.create_server(("127.0.0.1", 0))
        ready(); listener.accept()
    """,
    "wait": """
        if os.fork(): ready()
        signal.pause()
    """,
    "handlers": """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        ready(); signal.pause()
    """,
    "threads": """
        for _ in range(3): threading.Thread(target=time.sleep, args=(1000,)).start()
        ready(); signal.pause()
    """,
}


@pytest.mark.parametrize("by_kernel", WAYS)
@pytest.mark.parametrize("call", BLOCKED)
def test_cutting_the_leash_ends_a_blocked_process(call, by_kernel, leash, life):
    popen = held(BLOCKED[call], leash, life, by_kernel)
    if LINUX:
        until(lambda: asleep(popen.pid), "asleep")
    leash.cut()
    assert life.is_over()
    assert popen.wait() == -signal.SIGKILL


@pytest.mark.parametrize("by_kernel", WAYS)
def test_cutting_the_leash_ends_a_busy_process(by_kernel, leash, life):
    held("ready()\nwhile True: pass", leash, life, by_kernel)
    leash.cut()
    assert life.is_over()


@only_linux
def test_cutting_the_leash_ends_a_process_inside_one_long_call_into_c(leash, life):
    held("ready(); 7 ** 10 ** 9", leash, life)
    leash.cut()
    assert life.is_over()


@pytest.mark.parametrize("by_kernel", WAYS)
def test_cutting_the_leash_ends_children_of_children(by_kernel, leash, life):
    code = """
        for _ in range(3): os.fork()
        ready(); signal.pause()
    """
    popen = held(code, leash, life, by_kernel)
    for _ in range(7):
        assert line_from(popen) == "ready"
    assert len(psutil.Process(popen.pid).children(recursive=True)) == 7
    leash.cut()
    assert life.is_over()


@only_linux
def test_the_leash_holds_a_program_that_the_child_started(leash, life):
    code = """
        import subprocess
        subprocess.Popen(["sleep", "1000"], pass_fds=[int(sys.argv[3])])
        ready(); os._exit(0)
    """
    fds = (leash.fd, life.fd)
    popen = start(code, leash.fd, True, life.fd, fds=fds)
    assert line_from(popen) == "ready"
    assert popen.wait() == 0
    assert not life.is_over(0)
    leash.cut()
    assert life.is_over()


@only_linux
def test_the_leash_holds_a_process_that_closes_all_its_descriptors(leash, life):
    popen = held("ready(); os.closerange(0, 5000); signal.pause()", leash, life)
    until(lambda: len(os.listdir(f"/proc/{popen.pid}/fd")) == 0, "all closed")
    leash.cut()
    assert popen.wait() == -signal.SIGKILL


@pytest.mark.parametrize("by_kernel", WAYS)
def test_a_leash_that_was_cut_before_it_was_held_ends_the_process(by_kernel, leash):
    late = ON_A_LEASH.replace("limits.hold", "sys.stdin.readline(); limits.hold")
    code = "ready(); signal.pause()"
    popen = start(code, leash.fd, by_kernel, fds=(leash.fd,), before=late)
    leash.cut()
    out, _ = popen.communicate(b"go\n", timeout=30)
    assert (popen.returncode, out) == (-signal.SIGKILL, b"")


@pytest.mark.parametrize("by_kernel", WAYS)
def test_killing_the_outside_ends_the_child_and_its_children(by_kernel, life):
    outside = f"""
        import subprocess, sys, signal
        from buckets.child.limits import Leash
        leash = Leash()
        code = {ON_A_LEASH + "os.fork(); os.fork(); ready(); signal.pause()"!r}
        argv = [sys.executable, "-I", "-c", code, str(leash.fd), {str(by_kernel)!r}]
        fds = (leash.fd, {life.fd})
        subprocess.Popen(argv, pass_fds=fds, start_new_session=True)
        signal.pause()
    """
    popen = start(outside, fds=(life.fd,), before="")
    for _ in range(4):
        assert line_from(popen) == "ready"
    assert not life.is_over(0)
    popen.kill()
    assert life.is_over()
    popen.wait()


@only_linux
def test_killing_the_outside_ends_a_child_that_closed_its_descriptors(life):
    """Which of its two ends a dying outside closes first decides this."""
    outside = f"""
        import os, subprocess, sys, signal
        from buckets.child.limits import Leash
        leash = Leash()
        keep = {life.fd}
        code = {ON_A_LEASH!r} + f"os.closerange(3, {{keep}})\\n"
        code += f"os.closerange({{keep}} + 1, 5000); ready(); signal.pause()"
        argv = [sys.executable, "-I", "-c", code, str(leash.fd), "True"]
        fds = (leash.fd, keep)
        subprocess.Popen(argv, pass_fds=fds, start_new_session=True)
        signal.pause()
    """
    popen = start(outside, fds=(life.fd,), before="")
    assert line_from(popen) == "ready"
    popen.kill()
    assert life.is_over()
    popen.wait()


def test_holding_on_spares_the_group_of_the_outside(leash, life):
    """A child that was not started in its own session gets a group of its own."""
    command = [sys.executable, "-I", "-c", ON_A_LEASH + "ready(); signal.pause()"]
    popen = subprocess.Popen(
        [*command, str(leash.fd), str(LINUX)],
        stdout=subprocess.PIPE,
        pass_fds=(leash.fd, life.fd),
    )
    assert line_from(popen) == "ready"
    leash.cut()
    assert life.is_over()
    assert popen.wait() == -signal.SIGKILL


def test_neither_leash_nor_limits_cost_a_thread_or_a_low_descriptor(leash):
    code = """
        os.close(free := os.dup(0))
        bind(processes=5)
        limits.hold(int(sys.argv[2]))
        tell(threading.active_count(), os.dup(0) - free)
    """
    life = Life()
    fds = (leash.fd, life.fd)
    popen = start(code, life.fd, leash.fd, fds=fds, before=BOUND)
    assert json.loads(line_from(popen)) == [1, 0]
    popen.communicate(timeout=30)
    assert life.is_over()


def test_limits_bind_for_good():
    most = {"file_size": 5 << 20, "descriptors": 50, "cpu_seconds": 9}
    code = f"""
        bind(**{most})
        kinds = ("CORE", "FSIZE", "NOFILE", "CPU")
        tell(*(resource.getrlimit(getattr(resource, "RLIMIT_" + k)) for k in kinds))
    """
    assert told(code) == [[1, 1], [5 << 20, 5 << 20], [50, 50], [9, 11]]


def test_a_limit_of_none_leaves_things_as_they_are():
    code = """
        before = [resource.getrlimit(kind) for kind in range(16)]
        fork = os.fork
        bind()
        after = [resource.getrlimit(kind) for kind in range(16)]
        core = resource.RLIMIT_CORE
        changed = [k for k in range(16) if k != core and before[k] != after[k]]
        tell(changed, os.fork is fork)
    """
    code = code.replace("range(16)", f"range({resource.RLIMIT_NOFILE + 1})")
    assert told(code) == [[], True]


def test_a_limit_never_rises_above_what_the_outside_allows():
    code = """
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
        bind(descriptors=4096)
        tell(resource.getrlimit(resource.RLIMIT_NOFILE))
    """
    assert told(code) == [[60, 60]]


@only_linux
def test_memory_ends_in_a_memory_error():
    code = """
        bind(address_space=400 << 20)
        hoard = bytearray()
        try:
            while True: hoard += bytes(10 << 20)
        except MemoryError:
            tell("MemoryError", len(hoard) < 400 << 20)
    """
    assert told(code) == ["MemoryError", True]


def test_a_file_has_a_largest_size(tmp_path):
    code = f"""
        bind(file_size=1 << 20)
        try:
            with open({str(tmp_path / "big")!r}, "wb", 0) as file:
                while True: file.write(bytes(65536))
        except OSError as error:
            tell(errno.errorcode[error.errno])
    """
    assert told(code) == ["EFBIG"]
    assert (tmp_path / "big").stat().st_size == 1 << 20


def test_descriptors_run_out():
    code = """
        bind(descriptors=30)
        try:
            while True: os.dup(0)
        except OSError as error:
            tell(errno.errorcode[error.errno])
    """
    assert told(code) == ["EMFILE"]


def test_cpu_time_runs_out():
    popen = start("bind(cpu_seconds=1)\nwhile True: pass", before=BOUND)
    assert popen.wait(timeout=60) == -signal.SIGXCPU
    popen.communicate()


@only_linux
def test_the_kernel_would_sacrifice_it_first():
    code = """
        bind()
        tell(open("/proc/self/oom_score_adj").read().strip())
    """
    assert told(code) == ["1000"]


def test_under_a_user_of_its_own_the_kernel_counts_processes():
    code = """
        fork = os.fork
        bind(processes=77)
        tell(resource.getrlimit(resource.RLIMIT_NPROC), os.fork is fork)
    """
    env = {**os.environ, OWN_USER: "1"}
    assert told(code, env=env) == [[77, 77], True]


# A child that stays until its parent is gone, for which the parent's pipe ends.
STAY = """
near, far = os.pipe()
def stay():
    os.close(far)
    os.read(near, 1)
    os._exit(0)
"""
COUNT = """
count = 0
try:
    while True:
        if not os.fork(): stay()
        count += 1
except BlockingIOError as error:
    tell(count, errno.errorcode[error.errno], str(error))
"""
EAGAIN = ["EAGAIN", "[Errno 11] Resource temporarily unavailable"]


def after(head, *parts):
    return textwrap.dedent(head) + "".join(map(textwrap.dedent, parts))


@only_linux
def test_forking_beyond_the_budget_raises_what_the_kernel_would_raise():
    assert told(after("bind(processes=20)\n", STAY, COUNT)) == [20, *EAGAIN]


def test_a_child_that_was_waited_for_makes_room():
    code = """
        for _ in range(50):
            pid = os.fork()
            if pid == 0: os._exit(0)
            os.waitpid(pid, 0)
        tell("fifty")
    """
    assert told(after("bind(processes=5)\n", code)) == ["fifty"]


def test_a_child_that_nobody_waited_for_counts():
    zombies = COUNT.replace("stay()", "os._exit(0)")
    assert told(after("bind(processes=5)\n", zombies))[:2] == [5, "EAGAIN"]


def test_children_of_children_count_too():
    code = """
        first = os.fork()
        if first == 0:
            for _ in range(7):
                if not os.fork(): stay()
            os.write(near_first[1], b"x")
            stay()
        os.read(near_first[0], 1)
    """
    head = after("bind(processes=20)\nnear_first = os.pipe()\n", STAY)
    # The first child and its seven are there already.
    assert told(after(head, code, COUNT))[:2] == [12, "EAGAIN"]


def test_other_ways_to_fork_are_counted():
    code = """
        import multiprocessing
        def start():
            multiprocessing.get_context("fork").Process(target=stay).start()
        pid, _ = os.forkpty()
        if pid == 0: stay()
        start()
        if not os.fork(): stay()
        raised = []
        for fork in (os.fork, os.forkpty, start):
            try: fork()
            except BlockingIOError as error: raised.append(error.errno)
        tell(raised == [errno.EAGAIN] * 3)
    """
    assert told(after("bind(processes=3)\n", STAY, code)) == [True]


def test_threads_that_fork_at_once_share_the_budget():
    code = """
        counts = []
        def fork():
            count = 0
            try:
                while True:
                    if not os.fork(): stay()
                    count += 1
            except BlockingIOError:
                counts.append(count)
        threads = [threading.Thread(target=fork) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        tell(sum(counts))
    """
    assert told(after("bind(processes=20)\n", STAY, code)) == [20]


def test_the_budget_holds_when_its_descriptor_was_closed():
    head = "bind(processes=20)\nkeep = int(sys.argv[1])\n"
    close = "os.closerange(3, keep); os.closerange(keep + 1, 5000)\n"
    assert told(after(head, close, STAY, COUNT))[:2] == [20, "EAGAIN"]


def test_a_fork_bomb_without_a_sandbox_ends_by_itself():
    life = Life()
    code = "bind(processes=50)\nwhile True: os.fork()"
    options = {"fds": (life.fd,), "before": BOUND, "stderr": subprocess.DEVNULL}
    popen = start(code, **options)
    assert popen.wait(timeout=60) == 1
    assert life.is_over()
    popen.communicate()


def test_a_fork_bomb_that_goes_on_stays_small_and_ends_with_the_leash(leash, life):
    code = """
        limits.apply(limits.Limits(processes=30))
        ready()
        while True:
            try: os.fork()
            except BlockingIOError: pass
    """
    popen = held(code, leash, life, LINUX)
    bomb = psutil.Process(popen.pid)
    until(lambda: len(bomb.children(recursive=True)) == 30, "thirty children")
    for _ in range(20):
        assert len(bomb.children(recursive=True)) <= 30
    leash.cut()
    assert life.is_over()
    popen.wait()
