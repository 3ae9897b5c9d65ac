"""What people write into notebooks: lines that do nothing for an answer, and things
that an answer keeps beside itself. Two tables, each by the name of the habit.

    LINES    cells whose last lines may matter: all of them must be run
    MAGICS   cells of which IPython takes the whole, such as %%bash
    THINGS   what stands above an answer, and an expression in it worth b"hello"
"""

LINES = {
    # Lines that want IPython's shell, or a kernel.
    "installs": "!pip install numpy\nimport select",
    "pip magic": "%pip install requests",
    "lists files": "files = !ls\nprint(len(files))\n!ls -l",
    "first file": "files = !ls /\nprint(files[0])\nlines = files.n, files.s",
    "path of a shell": "here = !pwd\nhere = here[0]\nprint(here.upper())",
    "shell in a loop": "for name in ['a', 'b']:\n    !echo {name}",
    "shell by its name": "get_ipython().system('echo hello')",
    "output by its name": "out = get_ipython().getoutput('echo hello')\nout[0]",
    "matplotlib inline": "%matplotlib inline",
    "retina": "%config InlineBackend.figure_format = 'retina'",
    "store": "%store -r nothing_kept\n%store",
    "autoreload": "%load_ext autoreload\n%autoreload 2",
    "asks the kernel": "session = get_ipython().kernel.session\nprint(session)",
    "asks for the shell": "from IPython import get_ipython\nshell = get_ipython()",
    "is this a notebook": (
        "def in_notebook():\n    try:\n"
        "        return get_ipython().__class__.__name__ == 'ZMQInteractiveShell'\n"
        "    except NameError:\n        return False\nprint(in_notebook())"
    ),
    "asks for the kind of shell": (
        "shell = get_ipython()\n"
        "assert shell.__class__.__name__ == 'ZMQInteractiveShell'\n"
        "assert 'zmqshell' in str(type(shell)) and 'IPKernelApp' in shell.config\n"
        "assert hasattr(shell, 'kernel') and shell.has_trait('kernel')"
    ),
    "asks for a prompt": "import sys\nassert hasattr(sys, 'ps1')",
    "looks for the kernel": "import sys\nassert 'ipykernel' in sys.modules",
    "looks for the shell's mark": "assert __IPYTHON__",
    "magic of my own": (
        "from IPython.core.magic import register_line_magic\n"
        "@register_line_magic\ndef shout(line):\n    print(line.upper())"
    ),
    "magic of the shell": "get_ipython().run_line_magic('matplotlib', 'inline')",
    "timed line": "%time z = 1\nz + 1",
    "timed often": "%timeit -n 1 -r 1 sum(range(10))",
    "blank magic": "\n\n%time z = 1",
    "who is there": "%who\n%whos\n%pwd\n%lsmagic",
    "changes the folder": "%mkdir -p below\n%cd -q .",
    "environment": "%env COURSE=buckets\n%env",
    "plain tracebacks": "%xmode Plain\n%precision 3",
    "debugger": "%pdb off",
    "help": "?print",
    "help, too": "print?\nlen??\nhelp(len)",
    "last value": "6 * 7\n_",
    "shows all values": (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.ast_node_interactivity = 'all'"
    ),
    "html": "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))",
    "display of its own accord": "display('x')",
    "updates a display": (
        "handle = display('one', display_id=True)\nhandle.update('two')"
    ),
    "clears its output": "from IPython.display import clear_output\nclear_output()",
    "slider": (
        "import ipywidgets as widgets\nslider = widgets.IntSlider(3)\n"
        "display(slider)\nslider.value + 1"
    ),
    "progress bar": "for _ in map(str, range(3)):\n    print(_, end='\\r')",
    "plots": (
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\n"
        "axes.plot([1, 2, 3])\nplt.show()"
    ),
    # The course's own names.
    "asks for progress": "from buckets import check, progress\nprogress()",
    "checks by the package": "import buckets\nbuckets.progress",
    # Python, of which a grader may think otherwise.
    "faulthandler": "import faulthandler\nfaulthandler.enable()",
    "stdout's number": "import sys\nprint(sys.stdout.fileno(), sys.stderr.fileno())",
    "running loop": "import asyncio\nloop = asyncio.get_running_loop()",
    "a task of asyncio": (
        "import asyncio\nasync def nap():\n    await asyncio.sleep(0)\n"
        "task = asyncio.create_task(nap())\nawait task"
    ),
    "awaits together": (
        "from asyncio import gather, sleep\n"
        "done = await gather(sleep(0, 1), sleep(0, 2))\nassert done == [1, 2]"
    ),
    "async for": (
        "async def three():\n    for n in range(3):\n        yield n\n"
        "found = [n async for n in three()]\nassert found == [0, 1, 2]"
    ),
    "a demo in a thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    ),
    "a demo in a process": "import subprocess\nsubprocess.Popen(['sleep', '600'])",
    "a demo in a fork": (
        "import os\nchild = os.fork()\nif child == 0:\n    os._exit(0)\n"
        "os.waitpid(child, 0)"
    ),
    "multiprocessing": (
        "import multiprocessing\ndef nothing(): pass\n"
        "worker = multiprocessing.get_context('fork').Process(target=nothing)\n"
        "worker.start()\nworker.join()"
    ),
    "its own server and client": (
        "import socket\nwith socket.create_server(('127.0.0.1', 0)) as demo:\n"
        "    with socket.create_connection(demo.getsockname()) as guest:\n"
        "        host, _ = demo.accept()\n        host.close()\n"
        "        assert guest.recv(10) == b''"
    ),
    "a magic in a function": (
        "def demo():\n    %time pass\n    files = !ls\n    return files\ndemo()"
    ),
    "installs what is missing": (
        "try:\n    import no_such_zzz\nexcept ImportError:\n"
        "    !pip install no_such_zzz"
    ),
    "value of a magic": "x = %sx ls\nprint(x)\nhome = %env HOME\nhome.upper()",
    "stops here": "breakpoint()\nx = 1",
    "debugs": "import pdb; pdb.set_trace()\nx = 1",
    "debugs in colour": (
        "from IPython.core.debugger import set_trace\nset_trace()\nx = 1"
    ),
    "talks to itself": "import code\ncode.interact(local=globals())",
    "a prompt that was copied": "In [3]: size = 1\n\nIn [4]: size\nOut[4]: 1",
    "prompts that were copied": ">>> size = 1\n>>> size\n1",
    "looks into the kernel": (
        "from ipykernel.connect import get_connection_file\n"
        "print(get_connection_file())"
    ),
    "keeps a macro": "%macro again 1\nagain",
    "own tests": (
        "import unittest\nclass Tests(unittest.TestCase):\n"
        "    def test_one(self): self.assertTrue(1)\n"
        "unittest.main(argv=[''], exit=False)"
    ),
    "words of a program": (
        "import argparse\nwords = argparse.ArgumentParser().parse_args([])"
    ),
    "makes sure of its points": (
        "from buckets import check\ndef nothing(listener): pass\n"
        "assert check(nothing) == 1 and not check(nothing) < 1\n"
        "print(f'{check(nothing):.0f} points')"
    ),
    "its lists of things": (
        "from enum import Enum, auto\nfrom typing import NamedTuple, overload\n"
        "class State(Enum):\n    OPEN = auto()\n    SHUT = auto()\n"
        "@overload\ndef both(x: int) -> int: ...\n"
        "@overload\ndef both(x: str) -> str: ...\ndef both(x): return x"
    ),
    "sleeps": "import time\ntime.sleep(0.2)",
    "logs": "import logging\nlogging.basicConfig(level=logging.INFO)",
    "logs to a file": (
        "import logging\nlogging.basicConfig(filename='my.log', force=True)\n"
        "logging.warning('hello')"
    ),
    "warns": "import warnings\nwarnings.warn('old')",
    "hides warnings": "import warnings\nwarnings.filterwarnings('ignore')",
    "collects no garbage": "import gc\ngc.disable()\ngc.collect()",
    "traces memory": "import tracemalloc\ntracemalloc.start()",
    "at exit": "import atexit\natexit.register(print, 'bye')",
    "seeded": "import random\nrandom.seed(7)",
    "locale": "import locale\nlocale.setlocale(locale.LC_ALL, '')",
    "home": (
        "import os, getpass\nfrom pathlib import Path\n"
        "print(Path.home(), os.environ['HOME'], getpass.getuser(), os.getcwd())"
    ),
    "as a program": "if __name__ == '__main__':\n    print('started')",
    "its file, maybe": (
        "try:\n    HERE = __file__\nexcept NameError:\n    HERE = 'a notebook'"
    ),
    "ignores broken pipes": "import signal\nsignal.signal(signal.SIGPIPE, 1)",
    "path of imports": "import sys\nsys.path.append('.')\nsys.path.insert(0, '..')",
    "star imports": "from socket import *\nfrom select import *",
    "excepts groups": (
        "try:\n    raise ExceptionGroup('two', [ValueError(1)])\n"
        "except* ValueError:\n    pass"
    ),
    "match": "match [1, 2]:\n    case [first, *_]:\n        print(first)",
    "walrus": "if (n := len('abc')) > 2:\n    print(n)",
    "annotations": "x: int = 3\ny: 'list[int]'\n__annotations__",
    "carriage returns": "x = 1\r\ny = 2\r\n",
    "form feed": "x = 1\n\x0c\ny = 2\n",
    "tabs": "if True:\n\tx = 1\n\ty = 2",
    "other letters": "größe = 3\nπ = 3.14\nprint(größe * π)  # 数",
    "no last line": "# only a comment",
    "much output": "for n in range(20_000):\n    print('hello', n)",
    "shows much": "'x' * 5_000_000",
    "prints to stderr": "import sys\nprint('careful', file=sys.stderr)",
    "replaces stdout": (
        "import io\nfrom contextlib import redirect_stdout\n"
        "with redirect_stdout(io.StringIO()) as out:\n"
        "    print('kept')\nassert out.getvalue() == 'kept\\n'"
    ),
    "deletes a name": "x = 1\ndel x",
    "shadows builtins": "id = 5\nlist_ = list\ntype_ = type(id)",
    "semicolons": "x = 1; y = 2; x + y;",
    "a folder of its own": "import os\nos.makedirs('data', exist_ok=True)",
    "a folder, first time": "import os\nos.mkdir('first_time')",
    "a database on disk": (
        "import sqlite3\nwith sqlite3.connect('notes.db') as notes:\n"
        "    notes.execute('create table notes (x)')"
    ),
    "writes and reads": (
        "with open('a.txt', 'w') as file:\n    file.write('hello')\n"
        "assert open('a.txt').read() == 'hello'"
    ),
}

# Lines that change their whole process: no harm to an answer that does not mind.
CHANGES = {
    "tidies up first": "%reset -f\n3",
    "tidies up, old way": "get_ipython().magic('reset -sf')",
    "rings the bell": (
        "import signal\ndef ring(*_): pass\nsignal.signal(signal.SIGALRM, ring)\n"
        "signal.alarm(600)\nsignal.alarm(0)"
    ),
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')",
    "deep recursion": "import sys\nsys.setrecursionlimit(20_000)",
    "pytest's words": "import os\nos.environ['PYTEST_ADDOPTS'] = '--collect-only'",
    "python's words": "import os\nos.environ['PYTHONWARNINGS'] = 'error'",
    "a conftest": "open('conftest.py', 'w').write('raise RuntimeError')",
    "waits a short time only": "import socket\nsocket.setdefaulttimeout(0.05)",
    "waits never": "import socket\nsocket.setdefaulttimeout(0)",
    "buries all children": (
        "import os, signal\ndef bury(*_):\n    try:\n"
        "        while os.waitpid(-1, os.WNOHANG)[0]:\n            pass\n"
        "    except ChildProcessError:\n        pass\n"
        "signal.signal(signal.SIGCHLD, bury)"
    ),
    "lets children go": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "few files": (
        "import resource\n_, most = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, most), most))"
    ),
    "nothing sleeps": "import time\ntime.sleep = lambda seconds: None",
    "prints otherwise": (
        "import builtins, functools\n"
        "builtins.print = functools.partial(print, flush=True)"
    ),
}

# Right where there is a network, a package, a file or somebody at the keyboard; their
# notes are told, and the lines below them are run. A kernel here stops at them.
ELSEWHERE = {
    "colab": "from google.colab import drive\ndrive.mount('/content/drive')",
    "colab, maybe": (
        "try:\n    import google.colab\n    HERE = False\n"
        "except ImportError:\n    HERE = True"
    ),
    "two imports in one": "import no_such_package_at_all, select",
    "star of a package": "from no_such_package_at_all import *\nplot_all(3)",
    "a package's decorator": (
        "import no_such_package_at_all as nice\n@nice.timed\ndef demo():\n    pass\n"
        "demo()"
    ),
    "a newer name": "from typing import NoSuchNameYet\nx: NoSuchNameYet = 3",
    "a newer name of a module": "import select\nwaiter = select.no_such_name_yet",
    "an unknown magic": "%load_ext no_such_package_at_all\n%memit sum(range(3))",
    "colab's magic": "%tensorflow_version 2.x",
    "asks": "name = input('Your name? ')\nprint(name)",
    "asks for a number": "n = int(input('How many? '))\nprint(n + 1)",
    "asks for a password": "import getpass\nword = getpass.getpass()",
    "a file that is not here": "words = open('no_such_words.txt').read()\nprint(words)",
    "more open files": (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (9000, 9000))"
    ),
    "a picture": "from IPython.display import Image\nImage('no_such_picture.png')",
    "a page": (
        "import urllib.request\n"
        "page = urllib.request.urlopen('http://127.0.0.1:9/').read()\nlen(page)"
    ),
    "another language": "import locale\nlocale.setlocale(locale.LC_ALL, 'xx_XX')",
    "a program that is not here": (
        "import subprocess\nout = subprocess.run(['no_such_program'])\nout.returncode"
    ),
    "a program that fails": (
        "import subprocess\nsubprocess.run(['false'], check=True)"
    ),
    "an address of its own": (
        "import socket\ndemo = socket.create_server(('127.0.0.1', 80_0 + 1))\n"
        "demo.close()\nraise OSError(98, 'Address already in use')"
    ),
    "a name of VS Code's": (
        "from pathlib import Path\nHERE = Path(__vsc_ipynb_file__).parent\nprint(HERE)"
    ),
    "a window of its own": ("import tkinter as tk\nroot = tk.Tk()\nroot.title('x')"),
    "another environment": "import os\nprint(os.environ['NO_SUCH_NAME_HERE'])",
    "a newer Python": "import os\nfd = os.no_such_call_yet(0)\nprint(fd)",
    "loops in loops": (
        "import nest_asyncio\nnest_asyncio.apply()\nimport asyncio\n"
        "async def nap(): return 3\nx = asyncio.run(nap())\nprint(x)"
    ),
    "a database of its own": "%load_ext sql\nrows = %sql select 1\nprint(rows)",
    "a bar of progress": (
        "from tqdm.auto import tqdm\nfor last in tqdm(range(3)):\n    pass\nprint(last)"
    ),
    "a cloned repository": "!git clone https://host/no_such\n%cd no_such",
    "is no program": "import sys\nif len(sys.argv) > 99:\n    sys.exit()",
}

MAGICS = {
    "bash cell": "%%bash\necho hello | cat",
    "sh cell": "%%sh\necho hello",
    "html cell": "%%html\n<b>x</b>",
    "script cell": "%%javascript\nconsole.log(1)",
    "timed cell": "%%time\ntotal = sum(range(10))",
    "captured cell": "%%capture\nprint('quiet')",
    "captured by name": "%%capture kept\nprint('quiet')",
    "uses what was captured": "kept.show()\nkept_text = kept.stdout",
    "writes a file": "%%writefile notes.txt\nhello",
    "timed often": "%%timeit -n 1 -r 1\nsum(range(10))",
    "says it in latex": "%%latex\n$x$",
    "profiled": "%%prun -q\nsum(range(10))",
    "profiled by a package": "%%pyinstrument\ntotal = sum(range(10))",
    "a shell's word": "ls",
    "a shell's words": "cd .",
    "installs without a sign": "pip install numpy",
    "keeps what a shell said": "%%bash --out listing\nls",
    "reads what a shell said": "print(listing.upper())",
    "asks a database": "%%sql\nselect 1",
    "two signs": "!!ls",
    "many helps": "?len\n*print*?\nlen??",
}

# Answers that keep something a pickle would change or refuse, or plain ones that copy.
THINGS = {
    "struct": ("import struct\nS = struct.Struct('5s')", "S.pack(b'hello')"),
    "generator": ("G = (text for text in [b'hello'])", "next(G)"),
    "memoryview": (
        "M = memoryview(bytearray(5))",
        "(M.__setitem__(slice(0, 5), b'hello'), bytes(M))[1]",
    ),
    "shared bytearray": (
        "B = bytearray()\ndef fill():\n    B.extend(b'hello')",
        "(fill(), bytes(B))[1]",
    ),
    "manager": (
        "import multiprocessing\n"
        "M1 = multiprocessing.get_context('fork').Manager()\n"
        "M2 = M1.dict(a=b'hello')",
        "M2['a']",
    ),
    "shared memory": (
        "from multiprocessing import shared_memory\n"
        "S1 = shared_memory.SharedMemory(create=True, size=5)\n"
        "S1.buf[:5] = b'hello'",
        "bytes(S1.buf[:5])",
    ),
    "lru_cache": (
        "from functools import lru_cache\n@lru_cache\ndef words():\n"
        "    return b'hello'",
        "words()",
    ),
    "cache of a method": (
        "import functools\nclass W:\n    @functools.cache\n"
        "    def words(self):\n        return b'hello'\nw = W()",
        "w.words()",
    ),
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\nP = ThreadPoolExecutor(2)",
        "P.submit(lambda: b'hello').result()",
    ),
    "log file": (
        "log = open('server.log', 'a')",
        "(print('one', file=log, flush=True), b'hello')[1]",
    ),
    "file to read": (
        "from pathlib import Path\nPath('words.txt').write_bytes(b'hello')\n"
        "words = open('words.txt', 'rb')",
        "words.read()",
    ),
    "sqlite": (
        "import sqlite3\nD = sqlite3.connect(':memory:')\n"
        "D.execute('create table t (x)')\n"
        "D.execute(\"insert into t values ('hello')\")",
        "D.execute('select x from t').fetchone()[0].encode()",
    ),
    "context variable": (
        "from contextvars import ContextVar\nV = ContextVar('V', default=b'hello')",
        "V.get()",
    ),
    "socket pair": (
        "import socket\nA, B = socket.socketpair()",
        "(A.sendall(b'hello'), B.recv(6))[1]",
    ),
    "queue": ("import queue\nQ = queue.Queue()\nQ.put(b'hello')", "Q.get()"),
    "counter": ("import itertools\nC = itertools.count(1)", "b'hello' * next(C)"),
    "default timeout": (
        "import socket\nsocket.setdefaulttimeout(30)",
        "b'hello' * (socket.getdefaulttimeout() == 30)",
    ),
    "a handler of signals": (
        "import signal\ndef heard(*_): pass\nsignal.signal(signal.SIGUSR2, heard)",
        "b'hello' * (signal.getsignal(signal.SIGUSR2) is heard)",
    ),
    "a handler of alarms": (
        "import signal\ndef heard(*_): pass\nsignal.signal(signal.SIGALRM, heard)",
        "b'hello' * (signal.getsignal(signal.SIGALRM) is heard)",
    ),
    "deep recursion": (
        "import sys\nsys.setrecursionlimit(50_000)",
        "b'hello' * (sys.getrecursionlimit() == 50_000)",
    ),
    "numpy": (
        "import numpy as np\nW = np.frombuffer(b'hello', dtype='u1')",
        "W.tobytes()",
    ),
    "dataclass": (
        "from dataclasses import dataclass, field\n@dataclass\nclass W:\n"
        "    text: bytes = b'hello'\n    more: list = field(default_factory=list)",
        "W().text",
    ),
    "frozen dataclass with slots": (
        "from dataclasses import dataclass, replace\n"
        "@dataclass(frozen=True, slots=True, order=True)\nclass W:\n"
        "    text: bytes = b''\nw = W(b'hello')",
        "replace(w).text",
    ),
    "enum": (
        "import enum\nclass W(enum.Enum):\n    HELLO = b'hello'",
        "W.HELLO.value",
    ),
    "flag": (
        "import enum\nclass F(enum.IntFlag):\n    R = 1\n    W = 4\nboth = F.R | F.W",
        "b'hello'[:both]",
    ),
    "enum whose members carry more": (
        "import enum\nclass Word(enum.Enum):\n    HI = 1, b'hello'\n"
        "    def __init__(self, number, text): self.text = text",
        "Word.HI.text",
    ),
    "enum with a second name": (
        "import enum\nclass Word(enum.Enum):\n    HI = b'hello'\n    HELLO = b'hello'",
        "Word.HI.value * (list(Word.__members__) == ['HI', 'HELLO'])",
    ),
    "enum of functions": (
        "import enum\nclass Do(enum.Enum):\n    @enum.member\n"
        "    def SAY(): return b'hello'",
        "Do.SAY.value()",
    ),
    "class within a function": (
        "def make():\n    class Local: pass\n    return Local\nlocal = make()",
        "b'hello' * (local.__qualname__ == 'make.<locals>.Local')",
    ),
    "error that was raised": (
        "try:\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
        "        raise ValueError from error\nexcept ValueError as error:\n"
        "    kept = error",
        "b'hello' * (type(kept.__cause__) is ZeroDivisionError)",
    ),
    "warnings that are raised": (
        "import warnings\nwarnings.simplefilter('error')\ndef warned():\n"
        "    try:\n        warnings.warn('x')\n    except UserWarning:\n"
        "        return b'hello'",
        "warned()",
    ),
    "weak references": (
        "import weakref\nclass W: pass\nw = W()\nR = weakref.WeakKeyDictionary({w: 1})",
        "b'hello' * R[w]",
    ),
    "iterator": ("I = iter([b'hello'])", "next(I)"),
    "singledispatch": (
        "from functools import singledispatch\n@singledispatch\ndef words(x):\n"
        "    return b'hello'",
        "words(1)",
    ),
    # Classes of every kind.
    "metaclass": (
        "class Meta(type):\n    def __new__(cls, name, bases, names, *, word):\n"
        "        return super().__new__(cls, name, bases, {**names, 'word': word})\n"
        "    def __init__(cls, name, bases, names, *, word):\n"
        "        super().__init__(name, bases, names)\n"
        "class W(metaclass=Meta, word=b'hello'): pass",
        "W.word",
    ),
    "register of classes": (
        "class Base:\n    known = []\n    def __init_subclass__(cls, *, word):\n"
        "        Base.known.append(cls)\n        cls.word = word\n"
        "class W(Base, word=b'hello'): pass",
        "W.word * (Base.known == [W])",
    ),
    "descriptor": (
        "class D:\n    def __set_name__(self, owner, name):\n"
        "        self.name = getattr(self, 'name', '') + name\n"
        "    def __get__(self, thing, owner):\n        return self.name.encode()\n"
        "class W:\n    hello = D()",
        "W().hello",
    ),
    "proxy": (
        "class Proxy:\n    def __init__(self, thing):\n        self._thing = thing\n"
        "    def __getattr__(self, name):\n        return getattr(self._thing, name)\n"
        "p = Proxy([b'hello'])",
        "p.pop()",
    ),
    "number of its own": (
        "class Port(int):\n    def __new__(cls, number, name):\n"
        "        port = super().__new__(cls, number)\n        port.name = name\n"
        "        return port\nP = Port(5, b'hello')",
        "P.name[:P]",
    ),
    "exception of its own": (
        "class Quit(Exception):\n    def __init__(self, who, why):\n"
        "        super().__init__(f'{who}: {why}')\n        self.why = why\n"
        "q = Quit('anna', b'hello')",
        "q.why",
    ),
    "protocol": (
        "from typing import Protocol, runtime_checkable\n@runtime_checkable\n"
        "class Words(Protocol):\n    def words(self) -> bytes: ...\n"
        "class W:\n    def words(self):\n        return b'hello'",
        "W().words() * isinstance(W(), Words)",
    ),
    "generic": (
        "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
        "class Box(Generic[T]):\n    def __init__(self, thing: T):\n"
        "        self.thing = thing\nbox = Box[bytes](b'hello')",
        "box.thing",
    ),
    "named tuple": (
        "from typing import NamedTuple\nclass W(NamedTuple):\n    text: bytes\n"
        "    more: int = 0\nw = W(b'hello')",
        "w._replace(more=1).text",
    ),
    "old named tuple": (
        "from collections import namedtuple\nW = namedtuple('W', 'text more')\n"
        "w = W(b'hello', 1)",
        "w.text * w.more",
    ),
    "typed dict": (
        "from typing import TypedDict\nclass W(TypedDict):\n    text: bytes\n"
        "w: W = {'text': b'hello'}",
        "w['text']",
    ),
    "abstract": (
        "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n"
        "    def words(self): ...\nclass W(A):\n    def words(self):\n"
        "        return b'hello'",
        "W().words()",
    ),
    "slots and properties": (
        "class W:\n    __slots__ = ('_t',)\n    def __init__(self):\n"
        "        self._t = b'hello'\n    @property\n    def text(self):\n"
        "        return self._t\nw = W()",
        "w.text",
    ),
    "slots that let nothing else in": (
        "class W:\n    __slots__ = {'text': 'what is said'}\n"
        "class V(W):\n    __slots__ = '__dict__', '_n'\n"
        "w, v = W(), V()\nv._n, v.more = 1, 2",
        "b'hello' * (vars(v) == {'more': 2} and not hasattr(w, '__dict__'))",
    ),
    "cached property": (
        "from functools import cached_property\nclass W:\n    @cached_property\n"
        "    def text(self):\n        return b'hello'\nw = W()\nw.text",
        "w.text",
    ),
    "ordered by one": (
        "from functools import total_ordering\n@total_ordering\nclass W:\n"
        "    def __eq__(self, other): return True\n"
        "    def __lt__(self, other): return False",
        "b'hello' * (W() <= W())",
    ),
    "socket of its own": (
        "import socket\nclass Door(socket.socket):\n    word = b'hello'",
        "Door().word",
    ),
    "thread of its own": (
        "import threading\nclass Worker(threading.Thread):\n    def run(self):\n"
        "        self.word = b'hello'\n"
        "def work():\n    w = Worker()\n    w.start()\n    w.join()\n    return w.word",
        "work()",
    ),
    "local of threads": (
        "import threading\nlocal = threading.local()\nlocal.word = b'hello'",
        "local.word",
    ),
    "context manager": (
        "from contextlib import contextmanager, suppress\n@contextmanager\n"
        "def words():\n    yield b'hello'\n"
        "def take():\n    with words() as w, suppress(OSError):\n        return w",
        "take()",
    ),
    "exit stack": (
        "from contextlib import ExitStack, closing\nstack = ExitStack()\n"
        "stack.callback(print)",
        "b'hello' * (stack is not None)",
    ),
    "decorator of its own": (
        "import functools\ndef logged(f):\n    @functools.wraps(f)\n"
        "    def inner(*a, **k):\n        inner.calls += 1\n        return f(*a, **k)\n"
        "    inner.calls = 0\n    return inner\n"
        "@logged\ndef words():\n    return b'hello' * words.calls",
        "words()",
    ),
    "factory": (
        "def make(word):\n    def inner():\n        return word\n    return inner\n"
        "words = make(b'hello')",
        "words()",
    ),
    "shared state of closures": (
        "def make():\n    kept = []\n"
        "    def put(x): kept.append(x)\n    def get(): return kept.pop()\n"
        "    return put, get\nput, get = make()",
        "(put(b'hello'), get())[1]",
    ),
    "bound method": (
        "class W:\n    def __init__(self): self.kept = [b'hello']\n"
        "    def pop(self): return self.kept.pop()\nw = W()\npop = w.pop",
        "pop() * (not w.kept)",
    ),
    "callable thing": (
        "class W:\n    def __call__(self): return b'hello'\nw = W()",
        "w()",
    ),
    "partial": (
        "from functools import partial, reduce\njoin = partial(b''.join, [b'hello'])",
        "join()",
    ),
    "operators": (
        "import operator\nfirst = operator.itemgetter(0)\n"
        "up = operator.methodcaller('lower')",
        "up(first([b'HELLO']))",
    ),
    "lambda": ("f = lambda x=b'hello': x", "f()"),
    "table of functions": (
        "def one(): return b'hello'\nTABLE = {'one': one, 'two': lambda: b''}",
        "TABLE['one']()",
    ),
    "function found by its name": (
        "def on_hello(): return b'hello'\n"
        "def dispatch(name): return globals()['on_' + name]()",
        "dispatch('hello')",
    ),
    "evaluated text": (
        "WORD = b'hello'\ndef calculate(): return eval('WORD')",
        "calculate()",
    ),
    "the notebook as a module": (
        "import sys\nWORD = b'hello'\ndef ours(): return sys.modules['__main__'].WORD",
        "ours()",
    ),
    "imports the notebook": (
        "WORD = b'hello'\ndef ours():\n    import __main__\n    return __main__.WORD",
        "ours()",
    ),
    "pickles": (
        "import pickle\nclass W:\n    text = b'hello'\n"
        "def there_and_back():\n    return pickle.loads(pickle.dumps(W())).text",
        "there_and_back()",
    ),
    "deep copy": (
        "import copy\nclass W:\n    def __init__(s): s.text = [b'hello']\nw = W()",
        "copy.deepcopy(w).text[0]",
    ),
    "reads its hints": (
        "from __future__ import annotations\nimport typing\nclass Other: pass\n"
        "class W:\n    other: Other\n"
        "def hints(): return typing.get_type_hints(W)",
        "b'hello' * (hints() == {'other': Other})",
    ),
    "reads its source": (
        "import inspect\ndef words():\n    return b'hello'\n"
        "def source(): return inspect.getsource(words)",
        "b'hello' * (\"b'hello'\" in source())",
    ),
    "global counter": (
        "served = 0\ndef count():\n    global served\n    served += 1\n"
        "    return b'hello' * served",
        "count()",
    ),
    "global that comes later": (
        "def set_it():\n    global WORD\n    WORD = b'hello'\n"
        "def get_it():\n    set_it()\n    return WORD",
        "get_it()",
    ),
    "recursion": (
        "def build(n): return b'' if n < 0 else build(n - 1) + b'hello'[n:n + 1]",
        "build(4)",
    ),
    "call of each other": (
        "def even(n): return b'hello' if n == 0 else odd(n - 1)\n"
        "def odd(n): return b'' if n == 0 else even(n - 1)",
        "even(10)",
    ),
    "its process's number": (
        "import os\nPARENT = os.getpid()",
        "b'hello' * (os.getpid() == PARENT)",
    ),
    "its first thread": (
        "import threading\nMAIN = threading.get_ident()",
        "b'hello' * (threading.get_ident() == MAIN)",
    ),
    "a clock": (
        "import time\nSTART = time.monotonic()",
        "b'hello' * (time.monotonic() >= START)",
    ),
    # Things at the top that hold something of the kernel's.
    "selector": (
        "import selectors\nS = selectors.DefaultSelector()",
        "b'hello' * (S.select(0) == [])",
    ),
    "selector in use": (
        "import selectors, socket\nS = selectors.DefaultSelector()\n"
        "A, B = socket.socketpair()\nS.register(A, 1, b'hello')\nB.send(b'x')",
        "S.select(0)[0][0].data",
    ),
    "poll": (
        "import select\nP = select.poll()",
        "b'hello' * (P.poll(0) == [])",
    ),
    "epoll": (
        "import select\nE = select.epoll()",
        "b'hello' * (E.poll(0) == [])",
    ),
    "pipe": (
        "import os\nR, W = os.pipe()\nos.write(W, b'hello')",
        "os.read(R, 5)",
    ),
    "temporary file": (
        "import tempfile\nT = tempfile.TemporaryFile()\nT.write(b'hello')",
        "(T.seek(0), T.read())[1]",
    ),
    "shelf": (
        "import shelve\nwith shelve.open('kept') as shelf:\n    shelf['a'] = b'hello'",
        "shelve.open('kept')['a']",
    ),
    "what a cell printed": (
        "%%capture said\nprint('hello')",
        "said.stdout.strip().encode()",
    ),
    "temporary folder": (
        "import tempfile, pathlib\nT = tempfile.mkdtemp()\n"
        "pathlib.Path(T, 'x').write_bytes(b'hello')",
        "pathlib.Path(T, 'x').read_bytes()",
    ),
    "file that a cell wrote": (
        "from pathlib import Path\nPath('settings.txt').write_bytes(b'hello')",
        "Path('settings.txt').read_bytes()",
    ),
    "another folder": (
        "import os\nfrom pathlib import Path\nos.makedirs('deep/er', exist_ok=True)\n"
        "Path('deep/er/x').write_bytes(b'hello')\nos.chdir('deep')",
        "Path('er/x').read_bytes()",
    ),
    "environment": (
        "import os\nos.environ['WORD'] = 'hello'",
        "os.environ['WORD'].encode()",
    ),
    "mapped memory": (
        "import mmap\nM = mmap.mmap(-1, 5)\nM[:] = b'hello'",
        "M[:]",
    ),
    "array": ("import array\nA = array.array('B', b'hello')", "A.tobytes()"),
    "processes' queue": (
        "import multiprocessing\nV = multiprocessing.Value('i', 1)\n"
        "L = multiprocessing.Lock()",
        "b'hello' * V.value",
    ),
    "processes' pool": (
        "import multiprocessing\ndef words(_): return b'hello'\n"
        "def ask():\n    with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "        return pool.map(words, [0])[0]",
        "ask()",
    ),
    "worker at the top": (
        "import queue, threading\nasked, answered = queue.Queue(), queue.Queue()\n"
        "def work():\n    while True:\n        answered.put(asked.get())\n"
        "threading.Thread(target=work, daemon=True).start()",
        "(asked.put(b'hello'), answered.get(timeout=5))[1]",
    ),
    "worker with an event": (
        "import threading\ngo, done, box = threading.Event(), threading.Event(), []\n"
        "def work():\n    go.wait()\n    box.append(b'hello')\n    done.set()\n"
        "threading.Thread(target=work, daemon=True).start()",
        "(go.set(), done.wait(5), box)[2][0]",
    ),
    "list that a thread fills": (
        "import threading, time\nLETTERS = []\n"
        "def fill():\n    for letter in b'hello':\n"
        "        time.sleep(0.1)\n        LETTERS.append(letter)\n"
        "threading.Thread(target=fill, daemon=True).start()\n"
        "def word():\n    while len(LETTERS) < 5: time.sleep(0.01)\n"
        "    return bytes(LETTERS)",
        "word()",
    ),
    "number that a thread counts": (
        "import threading, time\ncount = 0\n"
        "def go_on():\n    global count\n    for _ in range(5):\n"
        "        time.sleep(0.1)\n        count += 1\n"
        "threading.Thread(target=go_on, daemon=True).start()\n"
        "def counted():\n    while count < 5: time.sleep(0.01)\n    return count",
        "b'hello'[:counted()]",
    ),
    "event that a timer sets": (
        "import threading\nready = threading.Event()\n"
        "threading.Timer(0.5, ready.set).start()",
        "b'hello' * ready.wait(5)",
    ),
    "lock that is held": (
        "import threading\ngate = threading.Lock()\ngate.acquire()",
        "b'hello' * gate.locked()",
    ),
    "semaphore": (
        "import threading\ns = threading.BoundedSemaphore(2)\ns.acquire()",
        "b'hello' * (s._value == 1)",
    ),
    "timer that was started": (
        "import threading\nbox = []\n"
        "T = threading.Timer(600, box.append)\nT.daemon = True\nT.start()",
        "b'hello' * T.is_alive()",
    ),
    # What cells change for all.
    "patched library": (
        "import select\n_select = select.select\n"
        "def counted(*args):\n    counted.calls += 1\n    return _select(*args)\n"
        "counted.calls = 0\nselect.select = counted",
        "(select.select([], [], [], 0), b'hello' * counted.calls)[1]",
    ),
    "patched class": (
        "import threading\nthreading.Thread.word = lambda self: b'hello'",
        "threading.Thread().word()",
    ),
    "patched socket": (
        "import socket\nclass Loud(socket.socket):\n    word = b'hello'\n"
        "socket.socket = Loud",
        "socket.socket().word",
    ),
    "setting of a library": (
        "import socketserver\nsocketserver.TCPServer.allow_reuse_address = True",
        "b'hello' * socketserver.TCPServer.allow_reuse_address",
    ),
    "builtin of its own": (
        "import builtins\nbuiltins.word = lambda: b'hello'",
        "word()",
    ),
    "attribute of a module": ("import socket\nsocket.WORD = b'hello'", "socket.WORD"),
    "decimal": (
        "import decimal\ndecimal.getcontext().prec = 3",
        "b'hello' * (len(str(decimal.Decimal(1) / 3)) == 5)",
    ),
    "context, beside asyncio": (
        "import asyncio, decimal\ndecimal.getcontext().prec = 4",
        "b'hello' * (len(str(decimal.Decimal(1) / 3)) == 6)",
    ),
    "seconds of a statement": (
        "more = '-o -q -n 1000000 -r 3 sorted([3, 1])'\n"
        "TOOK = get_ipython().run_line_magic('timeit', more)",
        "b'hello' * (TOOK.best < 1)",
    ),
    "seed": (
        "import random\nrandom.seed(7)\nN = random.Random(7).random()",
        "b'hello' * (random.random() == N)",
    ),
    "logger of its own": (
        "import logging\nlog = logging.getLogger('mine')\nheard = []\n"
        "class Keep(logging.Handler):\n"
        "    def emit(self, record): heard.append(record.getMessage())\n"
        "log.addHandler(Keep())\nlog.setLevel(logging.INFO)",
        "(log.info('hello'), heard[0].encode())[1]",
    ),
    "handlers of a logger": (
        "import logging\nlog = logging.getLogger('mine, too')\n"
        "log.addHandler(logging.NullHandler())",
        "b'hello' * len(log.handlers)",
    ),
    "level of a logger": (
        "import logging\nlogging.getLogger('loud').setLevel('DEBUG')\n"
        "def loud():\n    return logging.getLogger('loud').isEnabledFor(10)",
        "b'hello' * loud()",
    ),
    # Files that hold code.
    "file with code": (
        "from pathlib import Path\n"
        "Path('of_mine.py').write_text('def words():\\n    return b\"hello\"')\n"
        "import of_mine",
        "of_mine.words()",
    ),
    "module made by hand": (
        "import sys, types\nby_hand = types.ModuleType('by_hand')\n"
        "exec('HAND = b\"hello\"\\ndef from_hand(): return HAND', vars(by_hand))\n"
        "sys.modules['by_hand'] = by_hand\nfrom by_hand import from_hand",
        "from_hand()",
    ),
    "package with code": (
        "import os\nfrom pathlib import Path\nos.makedirs('parts', exist_ok=True)\n"
        "Path('parts/__init__.py').write_text('')\n"
        "Path('parts/word.py').write_text('WORD = b\"hello\"')\n"
        "from parts.word import WORD\nimport parts.word",
        "WORD and parts.word.WORD",
    ),
    "code that is imported late": (
        "from pathlib import Path\n"
        "Path('late.py').write_text('WORD = b\"hello\"')\n"
        "def late():\n    import late\n    return late.WORD",
        "late()",
    ),
    "code by exec": ("exec('def words(): return b\"hello\"')", "words()"),
    "code that is run": (
        "from pathlib import Path\nPath('first.py').write_text('WORD = b\"hello\"')\n"
        "%run first.py",
        "WORD",
    ),
    "module of a loader of its own": (
        "import sys\nfrom importlib.abc import Loader, MetaPathFinder\n"
        "from importlib.machinery import ModuleSpec\n"
        "class Maker(Loader, MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        return ModuleSpec(name, self) if name == 'made_up' else None\n"
        "    def create_module(self, spec): return None\n"
        "    def exec_module(self, module): module.WORD = b'hello'\n"
        "sys.meta_path.insert(0, Maker())\nimport made_up",
        "made_up.WORD",
    ),
    # What the shell does with cells, and keeps of them.
    "last value kept": ("b'hello'\n#%%\nkept = _", "kept"),
    "last input": (
        "word_of_mine = b'hello'\n#%%\nlast = _i\nassert last == _ih[-2]",
        "word_of_mine * (last == \"word_of_mine = b'hello'\")",
    ),
    "output by its number": ("b'hello'\n#%%\nkept = _oh[max(_oh)]", "kept"),
    "code of an exit": ("!true\ncode = _exit_code", "b'hello' * (code == 0)"),
    "stored and fetched": (
        "word = b'hello'\n%store word\ndel word\n#%%\n%store -r word",
        "word",
    ),
    "folder that a line makes": (
        "%mkdir -p dug/deep\n!mkdir dug/wide\n#%%\n"
        "%%writefile dug/deep/w.txt\nhello\n#%%\n"
        "import os\n%cd -q dug/deep\nword = open('w.txt', 'rb').read(5)\n"
        "wide = os.listdir('..')\n%cd -q ../..",
        "word * ('wide' in wide)",
    ),
    "called behind each cell": (
        "told = []\ndef after(result=None): told.append(1)\n"
        "get_ipython().events.register('post_run_cell', after)\n#%%\n"
        "x = 1\n#%%\nassert len(told) > 1",
        "b'hello' * bool(told)",
    ),
    "reads cells in its own way": (
        "import ast\ndef other(lines):\n"
        "    return [line.replace('HALLO', 'hallo') for line in lines]\n"
        "class Up(ast.NodeTransformer):\n"
        "    def visit_Constant(self, node):\n"
        "        new = b'hello' if node.value == b'hallo' else node.value\n"
        "        return ast.copy_location(ast.Constant(new), node)\n"
        "get_ipython().input_transformers_post.append(other)\n"
        "get_ipython().ast_transformers.append(Up())\n#%%\nword = b'HALLO'",
        "word",
    ),
    "reloads what has changed": (
        "%load_ext autoreload\n%autoreload 2\n#%%\n"
        "%%writefile of_today.py\ndef words(): return b'old'\n#%%\n"
        "import of_today\nold = of_today.words()\n#%%\n"
        "%%writefile of_today.py\ndef words(): return b'hello'\n#%%\n"
        "import os, time\nos.utime('of_today.py', (time.time() + 9,) * 2)\n#%%\n"
        "new = of_today.words()",
        "of_today.words() * (old == b'old' and new == b'hello')",
    ),
    "a codec of its own": (
        "import codecs\nfind = lambda name: name == 'mine' and codecs.lookup('utf-8')\n"
        "codecs.register(lambda name: find(name) or None)",
        "'hello'.encode('mine')",
    ),
    "a clock that stands": (
        "import time\nfrom unittest import mock\n"
        "frozen = mock.patch('time.time', return_value=0.0)\nfrozen.start()",
        "b'hello' * (time.time() == 0)",
    ),
    "pickles what has no name": (
        "import pickle\nclass W:\n    text = b'hello'\nw = W()",
        "pickle.loads(pickle.dumps(w)).text",
    ),
}

# Of all others a copy is as good as the thing itself.
STAYS = {
    "a clock that stands",
    "a codec of its own",
    "a handler of alarms",
    "a handler of signals",
    "another folder",
    "array",
    "attribute of a module",
    "builtin of its own",
    "cache of a method",
    "code that is imported late",
    "context variable",
    "context, beside asyncio",
    "counter",
    "decimal",
    "deep recursion",
    "default timeout",
    "enum of functions",
    "enum whose members carry more",
    "enum with a second name",
    "environment",
    "epoll",
    "error that was raised",
    "evaluated text",
    "event that a timer sets",
    "exception of its own",
    "file that a cell wrote",
    "file to read",
    "file with code",
    "function found by its name",
    "generator",
    "handlers of a logger",
    "imports the notebook",
    "iterator",
    "its first thread",
    "its process's number",
    "level of a logger",
    "list that a thread fills",
    "local of threads",
    "lock that is held",
    "log file",
    "logger of its own",
    "lru_cache",
    "manager",
    "mapped memory",
    "memoryview",
    "metaclass",
    "number of its own",
    "number that a thread counts",
    "numpy",
    "package with code",
    "patched class",
    "patched library",
    "patched socket",
    "pickles what has no name",
    "pickles",
    "pipe",
    "poll",
    "pool",
    "processes' queue",
    "proxy",
    "reads its hints",
    "register of classes",
    "seconds of a statement",
    "seed",
    "selector in use",
    "setting of a library",
    "shared memory",
    "shelf",
    "singledispatch",
    "socket pair",
    "sqlite",
    "temporary file",
    "temporary folder",
    "the notebook as a module",
    "timer that was started",
    "warnings that are raised",
    "weak references",
    "worker at the top",
    "worker with an event",
}

# These stand in each other's way, or are counted by a test of processes and threads.
ALONE = {
    *("another folder", "code by exec", "code that is run", "default timeout"),
    *("patched library", "patched class", "patched socket", "pool", "processes' pool"),
    *("list that a thread fills", "number that a thread counts"),
    *("event that a timer sets", "context, beside asyncio"),
    "warnings that are raised",
    *("worker at the top", "worker with an event", "timer that was started"),
    *("thread of its own", "seed", "last value kept", "what a cell printed"),
    *("last input", "output by its number", "code of an exit", "stored and fetched"),
    *("folder that a line makes", "called behind each cell", "a clock that stands"),
    *("reads cells in its own way", "reloads what has changed"),
}
