"""What the hostile submissions of run_class.py do; ROOT and PORT are put in there."""

# What each does once its server is called; then it lets everybody wait.
ATTACKS = {
    "says it has returned": 'tell(b\'{"end": "returned"}\\n\')',
    "says it has raised": 'tell(b\'{"end": "raised", "kind": "Full"}\\n\')',
    "says it is ready again": 'tell(b\'{"ready": true, "points": 9}\\n\' * 99)',
    "a deep document": 'tell(b"[" * 200000 + b"\\n")',
    "half a surrogate": 'tell(b\'{"end": "\\\\ud800"}\\n\')',
    "a name that is no text": "ctypes.CDLL(None).prctl(15, b'\\xff)( ', 0, 0, 0)",
    "kills itself": "os.kill(os.getpid(), 9)",
    "leaves at once": "os._exit(0)",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "undoes its listener": "undo(listener, PORT)",
    "undoes a connection": "undo(listener.accept()[0], PORT)",
    "listens elsewhere": (
        "ctypes.CDLL(None).connect(listener.fileno(), bytes(16), 16); "
        "listener.bind(('0.0.0.0', 0)); listener.listen()"
    ),
    "writes to the course": "write(ROOT + '/REACHED')",
    "reads the hidden tests": "print(open(ROOT + '/tests/hidden/x').read())",
    "signals everybody": "os.kill(-1, signal.SIGTERM)",
    "signals its keeper": "os.kill(os.getppid(), signal.SIGKILL)",
    "makes a namespace": "ctypes.CDLL(None).unshare(0x10000000)",
    "mounts": "ctypes.CDLL(None).mount(b't', b'/tmp', b'tmpfs', 0, None)",
    "forks without end": "exec('while True: os.fork()')",
    "takes all memory": "hold = [bytearray(1 << 26) for _ in range(99)]",
    "fills its disk": "open('/tmp/full', 'wb').write(bytes(1 << 28))",
    "prints without end": "exec('while True: print(\"x\" * 99999)')",
    "closes everything": "os.closerange(0, 1100)",
    "a helper that left": (
        "os.fork() or (os.setsid(), os.fork() or time.sleep(600), os._exit(0))"
    ),
    "threads without end": (
        "exec('while True: threading.Thread(target=time.sleep, args=(99,)).start()')"
    ),
    "raises what is no exception": "raise BaseException('points, please')",
    "an answer of its own to all": "listener.accept()[0].sendall(b'OK' * 999)",
    "looks into its keeper": "read_all(f'/proc/{p}/{f}' for p in others() for f in "
    "('mem', 'environ', 'maps', 'stack', 'cmdline', 'fd/0'))",
    "takes its keeper's descriptors": "grab(PORT)",
    "passes descriptors on": "pass_on()",
    "covers its descriptors": "cover()",
    "writes into all of them": 'everything(b\'{"end": "returned"}\\n\')',
    "forges its own recording": (
        'everything(b\'{"t": 1, "e": "accept", "p": 1, "fd": 3, \''
        " b'\"new\": 4}\\n' * 99999)"
    ),
    "cuts its own recording": "[os.ftruncate(fd, 1 << 40) for fd in (3, 4, 5, 6)]",
    "traces somebody": "[libc.ptrace(16, int(p), 0, 0) for p in others()]",
    "asks for a ring": "[libc.syscall(n, 8, bytes(512)) for n in (425, 426, 427)]",
    "is another program": (
        "os.execv('/proc/self/exe', ['python', '-c', 'import time; time.sleep(9)'])"
    ),
    "is a program without a file": (
        "made = libc.syscall(319, b'm', 0); os.write(made, b'#!/bin/sh\\n'); "
        "os.execv(f'/proc/self/fd/{made}', ['x'])"
    ),
    "knocks at other families": "knock((1, 10, 15, 16, 17, 31, 38, 40, 44), PORT)",
    "asks for keys": "[libc.syscall(250, n, -3, 0, 0, 0) for n in range(30)]",
    "keeps memory that is nobody's": "hold = keep_memory()",
    "leaves semaphores behind": (
        "[libc.syscall(64, n, 9, 0o1666) for n in range(999)]; "
        "write('/dev/shm/REACHED')"
    ),
    "watches files": (
        "made = libc.inotify_init(); "
        "[libc.inotify_add_watch(made, p.encode(), 4095) for p in sys.path]"
    ),
    "leaves daemons": "leave_daemons()",
    "hides": "hide('import time; time.sleep(600)')",
    "stops its keeper": "[os.kill(int(p), 19) for p in others() if int(p) != 99]",
    "patches what is ours": "patch()",
    "looks for words": "print(words()); sys.settrace(lambda *_: None)",
    "looks at its callers": (
        "print([sys._getframe(n).f_locals for n in range(3)]); raise SystemExit(0)"
    ),
    "says so at its end": (
        'atexit.register(tell, b\'{"end": "returned"}\\n\'); sys.exit(0)'
    ),
    "drops what comes": "filter_out(listener); filter_out(listener.accept()[0])",
    "resets everybody": (
        "exec('while True:\\n c = listener.accept()[0]\\n '"
        "'c.setsockopt(1, 13, struct.pack(\"ii\", 1, 0)); c.close()')"
    ),
    "answers without end": (
        "exec('while True: listener.accept()[0].sendall(bytes(1 << 26))')"
    ),
    "calls without end": ("exec('while True: listener.accept()[0].sendall(b\"x\")')"),
    "raises what nobody can show": "raise type('\\ud800\\n', (Evil, Exception), {})('')"
    " if 0 else RuntimeError(Evil())",
    "goes too deep": "f = lambda: f(); sys.setrecursionlimit(10**9); f()",
    "falls over": "ctypes.string_at(0)",
    "takes all descriptors": "hold = [os.open('/dev/null', 0) for _ in range(9999)]",
    "makes many files": (
        'exec(\'for n in range(99999): open(f"/tmp/{n}", "w").close()\')'
    ),
    "is rude": "os.nice(-20); os.sched_setscheduler(0, 1, os.sched_param(99))",
    "sleeps without a signal": (
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(600)"
    ),
    "asks with no address": (
        "exec('while True: libc.syscall(23, 0, 0, 0, 0, ctypes.c_ulong(2**64 - 1))')"
    ),
    "has no first thread": "leave_by_the_first(lambda: time.sleep(600))",
    "takes memory unseen": "leave_by_the_first(take_memory)",
    "burns in threads": "burn(threads=300)",
    "burns in processes": "burn(processes=39)",
    "takes all ports": "take_ports(listener)",
    "fills the wires": "fill_the_wires()",
    "raises markup": "raise_markup()",
    "writes markup into files": "write_into_files()",
    "asks the kernel for all": "ask_the_kernel()",
    "queues messages": "queue_messages()",
    "opens terminals": "open_terminals()",
    "speaks all protocols": "speak_to_the_kernel()",
    "takes everything away": "take_everything_away()",
    "never ends": "never_end(); raise SystemExit(0)",
    "orders signals": "own_signals()",
    "locks files": "lock_files()",
    "writes into its keeper": "write_its_keeper()",
    "names sockets": "name_sockets()",
    "forks slowly": "fork_slowly()",
    "stops and goes": "stop_and_go()",
    "a line without end": (
        "exec('chunk = b\"x\" * (1 << 20)\\nwhile True: tell(chunk)')"
    ),
    "compiles without end": "compile('a;' * 3_000_000, 'x', 'exec')",
    "moves the clock": "move_the_clock()",
    "reaches into others": "reach_into_others()",
    "shifts what is shared": "shift_what_is_shared()",
    "speaks out of turn": "speak_out_of_turn()",
    "sets all options": (
        "set_all_options(listener); set_all_options(listener.accept()[0])"
    ),
    "answers slowly": "answer_slowly(listener)",
    "crowds the table": "crowd_the_table(listener)",
    "uses the recorder": "use_the_recorder()",
    "lies to the trace": "lie_to_the_trace()",
    "waits for a child": "wait_for_a_child()",
    "queues signals": "queue_signals()",
    "watches by epoll": "hold = watch_by_epoll()",
    "fills pipes": "fill_pipes()",
    "writes without end": "write_without_end()",
    "filters itself": "filter_itself()",
    "locks imports": "lock_imports()",
    "other programs": "other_programs()",
    "climbs": "climb(PORT)",
    "is a reaper": "be_a_reaper()",
    "returns somebody else": "listener.detach(); raise StopIteration(listener)",
    "watches by many epolls": "watch_by_many()",
    "tells of a crowd that forks": "tell_of_forks()",
    "tells what is no number": "tell_no_numbers()",
    "takes what there is one of": "take_the_machines_own()",
    "makes names without end": "make_names()",
    "digs deep": "dig_deep()",
    "poses as dead": "pose_as_dead()",
    "hears in its place": "hear_in_its_place()",
    "holds by post": "hold_by_post(listener)",
    "types": "type_at_terminals()",
    "lowers its limits": "lower_limits()",
    "is its own client": "call_itself(listener)",
    "moves bytes unseen": "splice_everything()",
    "raises a chain without end": "raise_a_chain()",
    "has strange children": "have_strange_children()",
    "holds ranges of files": "lock_ranges()",
    "maps in tiny pieces": "map_in_pieces()",
    "floods a desk": "talk_at_desks(listener.accept()[0], DESK_LINES)",
    "talks nonsense at a desk": "say_anything()",
    "takes the network down": (
        "take_the_network_down(listener); take_the_network_down(listener.accept()[0])"
    ),
    "asks for routes": "ask_for_routes()",
    "rings without end": "ring_without_end()",
    "writes its settings": "write_its_settings()",
    "gives its pages away": "give_pages_away(listener)",
    "notices folders": "notice_folders()",
    "joins groups": "join_groups()",
    "keeps deleted files": "keep_deleted_files()",
    "raises its limits": "raise_its_limits()",
    "says markup": "say_markup(listener)",
    "visits in markup": "return visit_in_markup(listener)",
    "returns markup": "return {MARKUP: [MARKUP, 1], 'amber': (1, MARKUP)}",
    "looks for the answer": "look_for_the_answer(listener)",
    "denies that it has gone": "deny_that_it_has_gone(listener)",
    "asks for sleep": "exec('while True: listener.sleeps()')",
    "sends what lingers": "send_what_lingers()",
    "reads past caches": "read_past_caches()",
    "keeps rules": "keep_rules()",
    "calls those of tomorrow": "call_those_of_tomorrow()",
    "forges clients": "forge_clients()",
    "lets in and forges": "let_in_and_forge(listener)",
    "forges what says nothing": "forge_what_says_nothing()",
    "sends urgently": "send_urgently(listener)",
    "is unreadable": "be_unreadable()",
    "stays for the next": "stay_for_the_next()",
    "forks at its end": "fork_at_its_end()",
    "hooks imports": "hook_imports()",
    "returns a liar": "return Liar('x')",
    "returns many liars": "return {Liar('x'): [Liar('y')] * 9, 'amber': Liar('z')}",
    "raises a liar": "raise type('x', (Exception,), {'__str__': Liar('x')})(Liar('y'))",
    "says links": "say_links(listener)",
    "speaks the old way": "speak_the_old_way()",
    "sets all of itself": "set_all_of_itself()",
    "asks for its network": (
        "ask_for_its_network(listener, PORT); "
        "ask_for_its_network(listener.accept()[0], PORT)"
    ),
    "raises in a file": "raise_in_a_file(ROOT)",
    "raises from nonsense": "raise_from_nonsense()",
    "raises a group": "raise_a_group()",
    "raises with suggestions": "raise_with_suggestions()",
    "kills its groups": "kill_its_groups()",
    "bends its interpreter": "bend_its_interpreter()",
    "leaves orphaned wires": "leave_orphaned_wires()",
    "visits all addresses": "visit_all_addresses()",
    "turns its pages over": "turn_its_pages_over()",
    "looks into its pipes": "look_into_its_pipes()",
    "is heard as another": "be_heard_as_another(listener)",
    "remembers": "remember(listener)",
    "logs without end": "log_without_end()",
    "lines that are none": (
        "x = '\x0b\x1c\x1d\x1e\x85\u2028\u2029' * 9; "
        "raise RuntimeError(x + '<script>alert(1)</script>')"
    ),
}
# What a cell does before anything is defined.
CELLS = {
    "an empty label": 'tell(b\'{"cell": ""}\\n\'); os._exit(0)',
    "forged parcels": 'tell(b\'{"packed": "serve_many", "parcel": "*"}\\n\')',
    "done already": "tell(b'{\"done\": true}\\n')",
    "endless lines": (
        'exec(\'while True:\\n try:\\n  tell(b"{}\\\\n"); time.sleep(1)\\n'
        " except BaseException: pass')"
    ),
    "is two from here on": "os.fork()",
    "is another program now": (
        "os.execv('/proc/self/exe', ['python', '-c', 'import time; time.sleep(600)'])"
    ),
    "stops in a cell": "os.kill(os.getpid(), signal.SIGSTOP)",
    "has no names": "globals().clear(); __builtins__ = {}",
    "a thing that is never packed": (
        "time = type('T', (), {'sleep': print, "
        "'__reduce_ex__': lambda *_: threading.Event().wait(600)})()"
    ),
    "tells of forks in a cell": "tell_of_forks(); tell_no_numbers()",
    "names without end in a cell": "make_names()",
    "hears in the place of all": (
        "threading.Thread(target=hear_in_its_place, daemon=True).start()"
    ),
    "a word that is no text": (
        "os.environb[b'A'] = b'\\xff' * 99_999; sys.argv[:] = ['\\ud800'] * 9; "
        "os.umask(0o777); os.chdir('/proc/self/fd')"
    ),
    "cells that take their time, and stay": (
        "time.sleep(4.5); kept = iter([1]); exec('time.nothing = kept')"
    ),
    "modules that lie": (
        "sys.modules['x'] = type('M', (type(sys),), {'__getattr__': "
        "lambda *_: time.sleep(9)})('x'); del sys.modules['x'].__spec__; "
        "sys.modules['y'] = type(sys)('y'); sys.modules['y'].__name__ = Evil('y')"
    ),
    "a prompt that lies": (
        "sys.ps1 = Evil('x'); sys.modules['ipykernel'] = sys.modules['IPython'] = "
        "Evil('x'); __IPYTHON__ = 1"
    ),
    "is made without end": "[tell(b'{\"made\": true}\\n') for _ in range(20_000)]",
    "hooks imports in a cell": "hook_imports()",
    "what lingers in a cell": (
        "threading.Thread(target=send_what_lingers, daemon=True).start(); time.sleep(2)"
    ),
    "stays for the next in a cell": "stay_for_the_next()",
    "liars beside a task": "time = Liar('time'); hire = serve_many = Liar('x')",
    "wrapped in itself": (
        "time = type('T', (), {'sleep': print})(); time.sleep = lambda *_: None; "
        "time.sleep.__wrapped__ = time.sleep; time.sleep.__defaults__ = (time,); "
        "time.sleep.__signature__ = Evil('x'); time.sleep.__kwdefaults__ = {'a': time}"
    ),
    "deep beside a task": (
        "time = type('T', (), {'sleep': print})(); time.kept = []\n"
        "for _ in range(300_000): time.kept = [time.kept]"
    ),
    "many beside a task": (
        "time = type('T', (), {'sleep': print})(); "
        "time.kept = [[n] for n in range(3_000_000)]"
    ),
    "awaits": "import asyncio\nawait asyncio.sleep(600)",
    "magics": (
        "get_ipython().system('cat /etc/passwd')\n!id\n%run /etc/passwd\n"
        "%load_ext x\n%%bash\nid"
    ),
    "a magic of its own": "%%writefile /tmp/x\n%env A=1\n%cd /\n%alias a\n%reset -f",
    "crowds of names": (
        "globals().update({f'x{n}': type(f'X{n}', (), {}) for n in range(200_000)})"
    ),
    "gigabytes beside a task": (
        "time = type('T', (), {'sleep': print})(); time.kept = bytes(1 << 29)"
    ),
}
