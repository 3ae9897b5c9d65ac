"""What a learner's code cannot do in a sandbox, tried in earnest."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from processes import PATIENCE, Life, line_from, readable, until

import buckets
from buckets.child.limits import Leash
from buckets.grading import sandbox
from buckets.grading.sandbox import Sandbox, SandboxError

ROOT = Path(buckets.__file__).parents[1]
# Without a sandbox the laws of this file go untested. On CI that is a failure.
REASON = None if os.environ.get("CI") else sandbox.available()
needs_sandbox = pytest.mark.skipif(REASON is not None, reason=REASON or "")

BEFORE = """
import ctypes, errno, json, os, shutil, signal, socket, sys, threading
from buckets.child import limits
def tell(*things):
    os.write(1, json.dumps(things).encode() + b"\\n")
def bind(**most):
    limits.apply(limits.Limits(**most))
def outcome(call, *args):
    try:
        call(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""
STAY = """
near, far = os.pipe()
def stay():
    os.close(far)
    os.read(near, 1)
    os._exit(0)
"""


class Room:
    """A sandbox in which code runs, and a way to know that nothing is left of it."""

    def __init__(self, code, *argv, keep=(), before=BEFORE, where=None, **options):
        self.life = Life()
        command = [sys.executable, "-I", "-c", before + textwrap.dedent(code)]
        self.inside = (where or Sandbox()).start(
            [*command, *map(str, argv)],
            keep_fds=(self.life.fd, *keep),
            stdin=subprocess.PIPE,
            stdout=options.pop("stdout", subprocess.PIPE),
            **options,
        )
        self.popen = self.inside.popen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.end()
        assert self.life.is_over(0), "kill() came back before the end"
        self.life.close()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                pipe.close()

    def told(self):
        """The next list that the code tells."""
        return json.loads(line_from(self.popen))

    def pid(self):
        return self.inside.pid(time.monotonic() + PATIENCE)

    def end(self):
        return self.inside.kill(time.monotonic() + PATIENCE)


def told(code, *argv, **options):
    with Room(code, *argv, **options) as room:
        return room.told()


def joined(*parts):
    return "".join(map(textwrap.dedent, parts))


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def bystander():
    """Somebody else's process, of the user who grades."""
    popen = subprocess.Popen(["sleep", "1000"])
    yield popen
    popen.kill()
    popen.wait()


# ---- It works at all


def test_a_sandbox_can_be_had_on_ci():
    if not os.environ.get("CI"):
        pytest.skip("only where CI is set")
    assert sandbox.available() is None


@needs_sandbox
def test_a_listener_serves_clients_outside(listener):
    code = """
        listener = socket.socket(fileno=int(sys.argv[1]))
        while True:
            connection, _ = listener.accept()
            connection.sendall(connection.recv(100)[::-1])
            connection.close()
    """
    fd = listener.fileno()
    with Room(code, fd, keep=[fd]):
        for message in (b"olleh", b"niaga"):
            with socket.create_connection(listener.getsockname(), PATIENCE) as client:
                client.sendall(message)
                assert client.recv(100) == message[::-1]


@needs_sandbox
def test_the_package_is_there_and_isolated_python_finds_it():
    code = """
        import buckets.child.limits, buckets
        tell(buckets.__file__, sys.flags.isolated, sys.prefix, sys.executable)
    """
    here = [buckets.__file__, 1, sys.prefix, sys.executable]
    assert told(code) == here


@needs_sandbox
def test_third_party_modules_and_compiled_ones_import():
    code = """
        import _ctypes, _ssl, _sqlite3, cloudpickle, psutil
        tell(psutil.Process().num_threads())
    """
    assert told(code) == [1]


@needs_sandbox
def test_it_starts_in_an_empty_home_of_its_own():
    code = """
        tell(os.getcwd(), os.path.expanduser("~"), os.access(".", os.W_OK), os.environ)
    """
    code = code.replace("os.environ)", "dict(os.environ))")
    cwd, home, writable, environment = told(code)
    assert (cwd, home, writable) == ("/tmp", "/tmp", True)
    for name in ("PWD", "LC_CTYPE", sandbox.OWN_USER):
        environment.pop(name, None)
    assert environment == sandbox.ENVIRONMENT


@needs_sandbox
def test_variables_of_the_outside_stay_outside_and_wanted_ones_come(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    code = 'tell(os.environ.get("SECRET_TOKEN"), os.environ.get("WANTED"))'
    assert told(code, env={"WANTED": "y"}) == [None, "y"]


@needs_sandbox
def test_a_folder_to_work_in_is_read_only(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    (tmp_path / "menu.txt").write_text("soup")
    code = 'tell(os.getcwd(), open("menu.txt").read(), outcome(open, "new", "w"))'
    assert told(code, workdir=tmp_path) == ["/submission", "soup", "EROFS"]


@needs_sandbox
def test_the_exit_code_comes_out():
    with Room("os._exit(7)") as room:
        assert room.popen.wait(PATIENCE) == 7
    with Room("os.kill(os.getpid(), signal.SIGKILL)") as room:
        assert room.popen.wait(PATIENCE) == 128 + signal.SIGKILL


@needs_sandbox
def test_the_pid_is_that_of_the_learners_process():
    with Room("tell(os.getpid()); signal.pause()") as room:
        assert room.told() == [2]
        process = psutil.Process(room.pid())
        assert process.cmdline()[0] == sys.executable
        assert process.num_threads() == 1
        assert process.children() == []
        process.send_signal(signal.SIGTERM)
        assert room.popen.wait(PATIENCE) == 128 + signal.SIGTERM


@needs_sandbox
def test_there_is_no_pid_once_it_has_ended():
    with Room("pass") as room:
        room.popen.wait(PATIENCE)
        with pytest.raises(SandboxError, match="ended"):
            room.pid()


@needs_sandbox
def test_the_learners_children_are_seen_from_outside():
    code = joined(STAY, "for _ in range(3):\n    if not os.fork(): stay()\ntell(1)\n")
    with Room(code + "signal.pause()") as room:
        room.told()
        assert len(psutil.Process(room.pid()).children()) == 3


# ---- Who it is


@needs_sandbox
def test_it_is_nobody_with_no_rights():
    code = """
        lines = open("/proc/self/status").read().splitlines()
        status = {name: value.strip() for name, _, value in
                  (line.partition(":") for line in lines)}
        names = [n for n in status if n.startswith("Cap") and n != "CapBnd"]
        tell([int(status[n], 16) for n in names], status["NoNewPrivs"], os.getresuid(),
             os.getresgid(), os.getgroups())
    """
    # Root has further groups to lose; nobody else may choose them.
    groups = {"extra_groups": [4]} if os.geteuid() == 0 else {}
    caps, no_new, uids, gids, groups = told(code, **groups)
    assert caps == [0, 0, 0, 0]
    assert no_new == "1"
    assert len({*uids, *gids}) == 1
    assert uids[0] >= 60000
    assert set(groups) <= {uids[0]}


@needs_sandbox
@pytest.mark.skipif(
    sys.platform != "linux" or sandbox._spare_user() is None,
    reason="only root can become other users",
)
def test_when_root_grades_each_sandbox_has_a_user_of_its_own_outside_too():
    with Room("signal.pause()") as one, Room("signal.pause()") as other:
        until(lambda: 0 not in _users(one, other), "root was dropped")
        users = _users(one, other)
        assert len(users) == 2
        assert min(users) > 60000


def _users(*rooms):
    return {psutil.Process(room.pid()).uids().real for room in rooms}


@needs_sandbox
def test_it_cannot_mount_unshare_chroot_or_become_root():
    code = """
        libc = ctypes.CDLL(None, use_errno=True)
        done = [libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
                libc.umount2(b"/proc", 2), libc.unshare(0x20000),
                libc.chroot(b"/tmp"), libc.setuid(0)]
        tell(done)
    """
    assert told(code) == [[-1] * 5]


# ---- What it sees

WALK = """
shown = []
for folder, folders, files in os.walk("/"):
    if folder in ("/proc", "/dev", *sys.argv[1:]):
        folders.clear()
        continue
    shown += [os.path.join(folder, name) for name in files]
tell(shown)
"""


@needs_sandbox
def test_nothing_is_visible_but_the_interpreter_and_the_package():
    shown = told(WALK, *filter(os.path.isdir, sandbox._needed()))[0]
    assert set(shown) <= set(sandbox._needed())
    assert not any(str(ROOT / name) in shown for name in ("README.md", "Makefile"))


@needs_sandbox
def test_of_the_course_only_the_package_is_there():
    code = "tell([os.listdir(sys.argv[1]), os.path.exists(sys.argv[1] + '/tests')])"
    shown, tests = told(code, ROOT)[0]
    environment = Path(sys.prefix)
    within = set()
    if ROOT in environment.parents:
        within.add(environment.relative_to(ROOT).parts[0])
    assert set(shown) <= {"buckets", *within}
    assert not tests


@needs_sandbox
@pytest.mark.parametrize(
    "path",
    [
        *("/root/.bashrc", "/root/.ssh", "/etc/shadow", "/etc/passwd", "/home"),
        *("/var", "/run", "/sys", "/boot", "/mnt", "/srv", "/bin/sh"),
        *(str(ROOT / name) for name in ("solutions", "tests", "exercises", "lessons")),
        *(str(ROOT / name) for name in ("grading", ".git", "pyproject.toml")),
        str(Path(__file__)),
        str(Path.home() / ".bashrc"),
    ],
)
def test_a_secret_place_is_not_there(path):
    if any(Path(path) in Path(shown).parents for shown in sandbox._needed()):
        code = "tell(os.listdir(sys.argv[1]))"
        hops = {Path(s).relative_to(path).parts[0] for s in _shown_below(path)}
        assert set(told(code, path)[0]) == hops
        return
    assert told("tell(outcome(os.stat, sys.argv[1]))", path) == ["ENOENT"]


def _shown_below(path):
    return [s for s in sandbox._needed() if Path(path) in Path(s).parents]


@needs_sandbox
def test_files_of_the_outside_in_tmp_are_not_there(tmp_path):
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("all marks")
    assert told("tell(outcome(os.stat, sys.argv[1]))", gradebook) == ["ENOENT"]


@needs_sandbox
def test_it_can_write_to_its_home_and_shared_memory_only():
    code = """
        def writable(folder):
            name = folder + "/probe"
            if outcome(lambda: open(name, "w").close()) == "done":
                os.unlink(name)
                return True
        def folders():
            for folder, below, _ in os.walk("/"):
                # Within the interpreter one level is enough: it is one mount.
                if folder.count("/") > 6 or folder == "/proc": below.clear()
                yield folder
        found = [folder for folder in folders() if writable(folder)]
        changed = [outcome(open, name, "r+b") for name in
                   (os.__file__, limits.__file__)]
        tell(found, changed)
    """
    found, changed = told(code)
    mounts = {"/tmp", "/dev/shm"}
    # A course that lies below /tmp has the folders above it there too.
    above = {str(p) for s in sandbox._needed() for p in Path(s).parents}
    assert mounts <= set(found) <= mounts | {p for p in above if p.startswith("/tmp/")}
    assert set(changed) <= {"EROFS", "EACCES"}


@needs_sandbox
def test_a_course_in_a_folder_that_is_shown_is_refused(monkeypatch):
    shown = Path(sys.base_prefix) / "lib" / "course" / "buckets"
    monkeypatch.setattr(sandbox, "_PACKAGE", shown)
    with pytest.raises(SandboxError, match="lies in a folder that sandboxes show"):
        sandbox._needed.__wrapped__()


# ---- Other processes


@needs_sandbox
def test_it_sees_no_process_but_its_own(bystander):
    code = """
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        host = int(sys.argv[1])
        tell(sorted(pids), os.getppid(), outcome(os.kill, host, 0),
             outcome(open, f"/proc/{host}/environ"))
    """
    pids, parent, kill, environ = told(code, bystander.pid)
    assert (pids, parent) == ([1, 2], 1)
    assert kill == "ESRCH"
    assert environ == "ENOENT"


@needs_sandbox
def test_killing_everybody_kills_nobody_outside(bystander):
    code = """
        if not os.fork(): signal.pause()
        outcome(os.kill, -1, signal.SIGKILL)
        outcome(os.kill, 1, signal.SIGKILL)
        outcome(os.kill, 0, signal.SIGUSR1)
        tell("still here")
    """
    code = "signal.signal(signal.SIGUSR1, signal.SIG_IGN)\n" + textwrap.dedent(code)
    with Room(code) as room:
        assert room.told() == ["still here"]
        assert bystander.poll() is None


@needs_sandbox
def test_it_can_trace_no_process_outside(bystander):
    code = """
        libc = ctypes.CDLL(None, use_errno=True)
        ATTACH = 16
        attached = [libc.ptrace(ATTACH, int(pid), 0, 0) for pid in sys.argv[1:]]
        attached.append(libc.ptrace(ATTACH, 1, 0, 0))
        tell(attached[:-1])
    """
    with Room(code, bystander.pid, os.getpid()) as room:
        assert room.told() == [[-1, -1]]
        # Whether process 1 of its own sandbox lets itself be traced is no matter.
        monitor = psutil.Process(room.popen.pid)
        assert _tracer(bystander.pid) == _tracer(os.getpid()) == "0"
        if monitor.is_running() and room.popen.poll() is None:
            assert _tracer(room.popen.pid) == "0"


def _tracer(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("TracerPid:"):
            return line.split()[1]


# ---- The network


@needs_sandbox
def test_it_cannot_connect_to_the_host(listener):
    code = """
        link = socket.socket()
        link.settimeout(5)
        names = [name for _, name in socket.if_nameindex()]
        tell(outcome(link.connect, ("127.0.0.1", int(sys.argv[1]))), "lo" in names)
    """
    port = listener.getsockname()[1]
    assert told(code, port) == ["ECONNREFUSED", True]
    assert not readable(listener.fileno(), 0)


@needs_sandbox
def test_it_cannot_connect_anywhere_else():
    code = """
        link = socket.socket()
        link.settimeout(5)
        tell(outcome(link.connect, ("192.0.2.1", 80)))
    """
    assert told(code) == ["ENETUNREACH"]


@needs_sandbox
def test_it_cannot_reach_an_abstract_unix_socket_of_the_host():
    name = f"\0buckets-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as host:
        host.bind(name)
        host.listen()
        code = 'tell(outcome(socket.socket(1).connect, "\\0" + sys.argv[1]))'
        assert told(code, name[1:]) == ["ECONNREFUSED"]


@needs_sandbox
def test_sharing_a_network_that_leads_out_is_refused(monkeypatch):
    monkeypatch.setattr(sandbox, "_leads_somewhere", lambda: True)
    with pytest.raises(SandboxError, match="in_private_network"):
        Sandbox(network="shared").wrap([sys.executable])


WORKER = """
import socket, subprocess, sys, time
from buckets.grading.sandbox import Sandbox
code = '''
import socket, sys
host = socket.socket()
host.settimeout(5)
print(host.connect_ex(("127.0.0.1", int(sys.argv[2]))), flush=True)
with socket.create_connection(("localhost", int(sys.argv[1])), 5) as connection:
    connection.sendall(b"from inside")
    connection.recv(1)
'''
listener = socket.create_server(("127.0.0.1", 0))
port = str(listener.getsockname()[1])
argv = [sys.executable, "-I", "-c", code, port, sys.argv[1]]
with Sandbox(network="shared").start(argv) as inside:
    connection, _ = listener.accept()
    print(connection.recv(100).decode(), inside.pid(time.monotonic() + 5) > 2)
    connection.close()
    inside.popen.wait()
"""


@needs_sandbox
def test_in_a_private_network_it_reaches_its_worker_and_not_the_host(listener):
    port = str(listener.getsockname()[1])
    worker = sandbox.in_private_network([sys.executable, "-I", "-c", WORKER, port])
    done = subprocess.run(worker, capture_output=True, text=True, timeout=60)
    refused = str(errno.ECONNREFUSED)
    assert done.stdout.splitlines() == [refused, "from inside True"], done.stderr
    assert not readable(listener.fileno(), 0)


@needs_sandbox
def test_in_a_private_network_the_worker_has_its_files_and_its_exit_code(tmp_path):
    code = "import sys; open(sys.argv[1], 'w').write('x'); sys.exit(3)"
    argv = [sys.executable, "-I", "-c", code, str(tmp_path / "mark")]
    done = subprocess.run(sandbox.in_private_network(argv), timeout=60)
    assert done.returncode == 3
    assert (tmp_path / "mark").read_text() == "x"


# ---- The descriptors it is given


@needs_sandbox
def test_it_holds_the_descriptors_it_was_given_and_no_other(listener):
    code = "tell(sorted(map(int, os.listdir('/proc/self/fd'))), os.dup(0))"
    fd = listener.fileno()
    with Room(code, keep=[fd]) as room:
        given, probe = room.told()
        # One more was open while the folder was read.
        assert set(given) - {0, 1, 2, room.life.fd, fd} <= {probe}


@needs_sandbox
def test_bubblewrap_does_not_keep_the_listener_open(listener):
    """Else it would stay in LISTEN after the learner's process closed it."""
    code = """
        os.close(int(sys.argv[1]))
        tell("closed")
        signal.pause()
    """
    fd = listener.fileno()
    with Room(code, fd, keep=[fd]) as room:
        room.told()
        address = listener.getsockname()
        listener.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, PATIENCE)


@needs_sandbox
def test_scribbling_on_everything_it_holds_harms_nothing(listener, tmp_path):
    code = """
        bind(file_size=1 << 20)
        junk = b'{"child-pid": 1}\\n' * 100
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        for fd in range(3, 200):
            for _ in range(1000):
                if outcome(os.write, fd, junk) != "done": break
        tell("done")
        signal.pause()
    """
    with open(tmp_path / "trace", "a+b") as trace:
        keep = [listener.fileno(), trace.fileno()]
        with Room(code, keep=keep) as room:
            # The pipe by which we know of its end would fill, and nobody reads it.
            os.set_blocking(room.life.fd, False)
            room.told()
            assert psutil.Process(room.pid()).cmdline()[0] == sys.executable
        assert (tmp_path / "trace").stat().st_size == 1 << 20


# ---- Bombs


def fork_until_refused():
    return joined(
        STAY,
        """
        count = 0
        try:
            while True:
                if not os.fork(): stay()
                count += 1
        except BlockingIOError as error:
            tell(count, errno.errorcode[error.errno])
        """,
    )


@needs_sandbox
def test_the_number_of_processes_is_bounded():
    with Room("bind(processes=50)" + fork_until_refused() + "signal.pause()") as room:
        count, error = room.told()
        assert 45 <= count <= 50
        assert error == "EAGAIN"


@needs_sandbox
def test_programs_count_as_well_as_forks():
    code = """
        import subprocess
        bind(processes=30)
        argv = [sys.executable, "-I", "-c", "import signal; signal.pause()"]
        count = 0
        try:
            while True:
                subprocess.Popen(argv)
                count += 1
        except BlockingIOError as error:
            tell(count <= 30, errno.errorcode[error.errno])
    """
    if not sandbox._counted_alone() and sandbox._spare_user() is None:
        pytest.skip("here the kernel cannot count the processes of one sandbox")
    assert told(code) == [True, "EAGAIN"]


@needs_sandbox
def test_two_sandboxes_do_not_eat_each_others_processes():
    code = "bind(processes=50)" + fork_until_refused() + "signal.pause()"
    with Room(code) as one:
        first = one.told()
        with Room(code) as other:
            assert other.told() == first


@needs_sandbox
def test_a_fork_bomb_ends_by_itself():
    code = "bind(processes=100)\nwhile True: os.fork()"
    with Room(code, stderr=subprocess.DEVNULL) as room:
        assert room.popen.wait(PATIENCE) == 1


@needs_sandbox
def test_a_fork_bomb_that_never_gives_up_is_killed_whole():
    code = """
        bind()
        tell("go")
        while True:
            try:
                if os.fork() == 0: os.setsid()
            except OSError: pass
    """
    with Room(code) as room:
        room.told()
        pid = room.pid()
        until(lambda: len(_family(pid)) > 200, "a bomb of 200")
        # Process 1 is bubblewrap's own, and belongs to root when root grades.
        assert len(_family(pid)) <= 1 + 400
        start = time.monotonic()
        assert room.end()
        assert room.life.is_over(0), "kill() came back before the end"
        assert time.monotonic() - start < 20


def _family(pid):
    """All that run in the same pid namespace (readable to whoever started them)."""
    space = os.readlink(f"/proc/{pid}/ns/pid")
    found = []
    for other in psutil.pids():
        try:
            if os.readlink(f"/proc/{other}/ns/pid") == space:
                found.append(other)
        except OSError:
            continue
    return found


@needs_sandbox
def test_a_bomb_of_threads_is_bounded():
    code = """
        bind()
        event = threading.Event()
        count = 0
        try:
            while True:
                threading.Thread(target=event.wait, daemon=True).start()
                count += 1
        except RuntimeError as error:
            tell(count, str(error))
        os._exit(0)
    """
    count, error = told(code)
    assert 300 <= count <= 400, "room for an honest server with a thread per client"
    assert error == "can't start new thread"


@needs_sandbox
def test_memory_is_bounded():
    code = """
        bind(address_space=500 << 20)
        hoard = bytearray()
        try:
            while True: hoard += bytes(10 << 20)
        except MemoryError:
            tell("MemoryError", len(hoard) < 500 << 20)
    """
    assert told(code) == ["MemoryError", True]


@needs_sandbox
def test_a_flood_of_output_into_a_file_stops_at_the_limit(tmp_path):
    code = """
        bind(file_size=1 << 20)
        for _ in range(1000): print("x" * 10 ** 6)
    """
    with open(tmp_path / "output", "wb") as output:
        options = {"stdout": output, "stderr": subprocess.DEVNULL}
        with Room(code, **options) as room:
            assert room.popen.wait(PATIENCE) != 0
    assert (tmp_path / "output").stat().st_size == 1 << 20


@needs_sandbox
def test_a_flood_of_output_that_nobody_reads_waits_to_be_killed():
    code = 'tell("go"); os.write(1, b"x" * 10 ** 9)'
    with Room(code) as room:
        room.told()
        assert readable(room.popen.stdout.fileno())
        assert psutil.Process(room.pid()).memory_info().rss < 2 * 10**9


FILL = """
def fill(folder):
    size = 0
    try:
        while True:
            with open(f"{folder}/{size}", "wb", 0) as file:
                size += file.write(bytes(1 << 20))
    except OSError as error:
        return size >> 20, errno.errorcode[error.errno]
"""


@needs_sandbox
def test_temporary_files_and_shared_memory_are_bounded():
    where = Sandbox(tmp_bytes=8 << 20, shm_bytes=4 << 20)
    code = joined(FILL, "tell(fill('/tmp'), fill('/dev/shm'))")
    assert told(code, where=where) == [[8, "ENOSPC"], [4, "ENOSPC"]]


@needs_sandbox
def test_deleting_its_working_directory_harms_nothing():
    code = """
        open("file", "w").close()
        shutil.rmtree(".", ignore_errors=True)
        shutil.rmtree("/tmp", ignore_errors=True)
        shutil.rmtree(os.path.dirname(limits.__file__), ignore_errors=True)
        import buckets.child.wire, fractions
        tell(os.listdir("/tmp"), os.getcwd())
    """
    left, cwd = told(code)
    above = {Path(s).parts[2] for s in sandbox._needed() if s.startswith("/tmp/")}
    assert set(left) == above
    assert cwd == "/tmp"


# ---- The end


@needs_sandbox
def test_killing_reaches_other_sessions_and_orphans():
    code = """
        for _ in range(3):
            if not os.fork():
                os.setsid()
                if os.fork(): os._exit(0)
                tell("orphan")
                signal.pause()
        signal.pause()
    """
    with Room(code) as room:
        for _ in range(3):
            room.told()
        assert not room.life.is_over(0)
        assert room.end()
        assert room.life.is_over(0), "kill() came back before the end"
        assert room.end(), "a second kill is harmless"


@needs_sandbox
def test_what_the_learners_process_leaves_behind_ends_with_it():
    code = "if os.fork() == 0: os.setsid(); signal.pause()"
    with Room(code) as room:
        assert room.popen.wait(PATIENCE) == 0
        assert room.life.is_over()


@needs_sandbox
def test_killing_bubblewrap_alone_is_enough():
    with Room("os.fork(); os.setsid(); tell(1); signal.pause()") as room:
        room.told()
        os.kill(room.popen.pid, signal.SIGKILL)
        assert room.life.is_over()


@needs_sandbox
def test_the_leash_holds_in_a_sandbox_too():
    leash = Leash()
    code = "limits.hold(int(sys.argv[1])); os.fork(); tell(1); signal.pause()"
    with Room(code, leash.fd, keep=[leash.fd]) as room:
        room.told()
        room.told()
        leash.cut()
        assert room.life.is_over()


HOLDER = """
import signal, subprocess, sys
from buckets.grading.sandbox import Sandbox
code = '''
import os, signal
for _ in range(3):
    if os.fork() == 0: os.setsid()
os.write(1, b"up\\\\n")
signal.pause()
'''
Sandbox().start([sys.executable, "-I", "-c", code], keep_fds=[int(sys.argv[1])])
signal.pause()
"""


@needs_sandbox
def test_when_the_grader_is_killed_its_sandboxes_end():
    life = Life()
    argv = [sys.executable, "-I", "-c", HOLDER, str(life.fd)]
    grader = subprocess.Popen(argv, stdout=subprocess.PIPE, pass_fds=[life.fd])
    for _ in range(8):
        assert line_from(grader) == "up"
    assert not life.is_over(0)
    grader.kill()
    assert life.is_over()
    grader.communicate()
    life.close()


# ---- Where there is none


def unavailable(monkeypatch):
    sandbox._tool.cache_clear()
    reason = sandbox.available.__wrapped__()
    monkeypatch.undo()
    sandbox._tool.cache_clear()
    return reason


def test_without_bubblewrap_the_reason_names_the_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unavailable(monkeypatch) == "bwrap is missing (package bubblewrap)"


def test_on_another_system_the_reason_names_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    reason = unavailable(monkeypatch)
    assert reason == "the sandbox needs Linux, and this is darwin"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_bubblewrap_that_may_not_says_why(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    expected = "bubblewrap cannot make a sandbox here: bwrap: No permissions"
    assert unavailable(monkeypatch) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_bubblewrap_that_fails_raises_at_once(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\nexit 9\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sandbox, "_tool", lambda name: str(fake))
    before = os.listdir("/proc/self/fd")
    with pytest.raises(SandboxError, match="exit code 9"):
        Sandbox().start([sys.executable])
    assert len(os.listdir("/proc/self/fd")) <= len(before)
