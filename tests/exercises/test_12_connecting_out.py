"""What exercise 12 promises, tested with real clients and real upstreams.

Somebody waits behind the server: an upstream that answers when it is told to,
and may be shut, so that a call is neither answered nor refused. A caller asks
the function of the first task for connections, and has words sent over them.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.beyond import (
    Hole,
    Nobody,
    Resolver,
    Unreachable,
    Upstream,
)
from buckets.driving.clients import Dribbler, Gulper, Sipper, Talker
from buckets.driving.expect import (
    expect_alone,
    expect_cut,
    expect_little_memory,
    expect_rest,
)
from buckets.driving.topics.connecting_out import (
    LONG,
    SOON,
    call_for_orders,
    caller,
    expect_both_let_go,
    expect_nothing_kept,
    expect_nothing_open,
    expect_passed,
    heard_slowly,
    lead,
    lead_by_names,
    numbered,
    pair,
    serve_by_names,
    serve_logged,
    serve_to,
)
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)

SMALL = 65536  # bytes of the buffers of a slow reader's connection
MUCH = 1 << 20  # bytes: more than all buffers on their way hold
ROOM = 24 << 20  # bytes that a server may take for who sends without end
OK = b"HTTP/1.1 200 Connection established\r\n\r\n"

calls = partial(behaviour, "connect_all", driver=call_for_orders, outward=True)
relays = partial(behaviour, "relay", driver=serve_to, outward=True)
logs = partial(behaviour, "log_lines", driver=serve_logged, outward=True)
forwards = partial(behaviour, "forward", driver=serve_by_names, outward=True)

# connect_all: many calls at once ---------------------------------------------


@calls(points=1)
def test_it_connects_to_all(server):
    """each address has its connection, in the order of the addresses"""
    tea, ham = Upstream(server, "tea"), Upstream(server, "ham")
    asks = caller(server).asks_for(ham, tea, ham, seconds=LONG)
    asks.expect_found("a socket", "a socket", "a socket")
    first, second = ham.answers("ham-1"), ham.answers("ham-2")
    asks.sends(1, b"green")
    tea.answers("tea").expect(b"green")
    # Which of the two was called first is the server's choice.
    asks.sends(0, b"raw").sends(2, b"raw")
    first.expect(b"raw")
    second.expect(b"raw")


@calls(
    points=1,
    needs="it_connects_to_all",
    suspects="M190",
)
def test_a_refusal_is_told(server):
    """a refused call has its exception, and the others their sockets"""
    tea, nobody = Upstream(server, "tea"), Nobody(server)
    asks = caller(server).asks_for(nobody, tea, nobody, seconds=LONG)
    asks.expect_found(
        "ConnectionRefusedError", "a socket", "ConnectionRefusedError"
    )
    asks.sends(1, b"green")
    tea.answers("tea").expect(b"green")
    nowhere = Unreachable(server)
    asks.is_done().asks_for(nowhere, nobody, seconds=LONG)
    asks.expect_found(nowhere.failure, "ConnectionRefusedError").is_done()
    with expect_nothing_open(server):
        asks.asks_for(nobody, nowhere, nobody, nobody, seconds=LONG)
        asks.expect_found(
            "ConnectionRefusedError",
            nowhere.failure,
            "ConnectionRefusedError",
            "ConnectionRefusedError",
        )


@calls(
    points=2,
    needs="it_connects_to_all",
    suspects="M191",
)
def test_a_limit_ends_the_wait(server):
    """who does not answer in time has a TimeoutError, and nothing is left"""
    tea, hole = Upstream(server, "tea"), Hole(server)
    asks = caller(server).asks_for(hole, seconds=SOON)
    asks.expect_found("TimeoutError").is_done()
    hole.until_given_up()
    asks.asks_for(hole, tea, hole, seconds=SOON)
    asks.expect_found("TimeoutError", "a socket", "TimeoutError")
    hole.until_given_up()
    asks.sends(1, b"green")
    tea.answers("tea").expect(b"green")


@calls(
    points=2,
    needs="it_connects_to_all",
    suspects="M191 M192",
)
def test_all_are_called_at_once(server):
    """who answers late keeps nobody waiting, and is waited for asleep"""
    tea, late = Upstream(server, "tea"), Hole(server, "late")
    asks = caller(server).asks_for(late, tea, seconds=LONG)
    called = tea.answers("tea")
    late.until_called()
    expect_rest(server)
    asks.expect_waiting()
    late.opens()
    asks.expect_found("a socket", "a socket")
    asks.sends(0, b"raw").sends(1, b"green")
    late.answers("late").expect(b"raw")
    called.expect(b"green")


@calls(
    points=1,
    needs="a_refusal_is_told",
    suspects="M193",
)
def test_a_mirror_is_no_connection(server):
    """a connection that leads to itself counts as refused"""
    tea, mirror = Upstream(server, "tea"), Nobody(server, "mirror")
    mirror.close()
    port = mirror.address[1]
    asks = caller(server)
    asks.asks_for(mirror, tea, seconds=LONG, mirrors=[port])
    asks.expect_found("ConnectionRefusedError", "a socket")


# relay: two connections, two directions --------------------------------------


@relays(points=1)
def test_bytes_go_both_ways(server):
    """bytes go both ways, and each client has a connection of its own"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    his.send(b"who is there?")
    ben.expect(b"who is there?")
    expect_passed((anna, far), (ben, his), word=b"green")
    cleo = server.connect("cleo", Dribbler).send(b"soup\r\n\xff\0")
    tea.answers("tea-cleo").expect(b"soup\r\n\xff\0")
    cleo.expect_silence()
    expect_alone(server)


@relays(
    points=2,
    needs="bytes_go_both_ways",
    suspects="M194 M195",
)
def test_each_end_is_passed_on(server):
    """one side finishes, the other hears of it, and goes on"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    anna.send(b"that is all").half_close()
    far.expect_next(b"that is all").expect_eof()
    far.send(b"and one more")
    anna.expect(b"and one more")
    with expect_both_let_go(server):
        far.close()
        anna.expect_eof()
    ben, his = pair(server, tea, "ben")
    his.half_close()
    ben.expect_eof()
    ben.send(b"are you there?").send(b" ben")
    his.expect(b"are you there? ben")
    with expect_both_let_go(server):
        ben.close()
        his.expect_eof()


@relays(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M67",
    buffers=SMALL,
)
def test_the_last_bytes_come_before_the_end(server):
    """a slow reader hears everything, and then the end"""
    tea, data = Upstream(server, "tea", buffers=SMALL), numbered(MUCH)
    lead(server, tea)
    slow = server.connect("slow", Sipper, receive_buffer=SMALL)
    far = tea.answers("tea-slow")
    ben, his = pair(server, tea, "ben")
    with heard_slowly(server, far, slow, data):
        ben.send(b"soup")
        his.expect(b"soup")
    slow.send(b"thanks").half_close()
    far.expect_next(b"thanks").expect_eof()
    expect_passed((ben, his), word=b"still here")


@relays(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M190",
)
def test_who_is_refused_is_let_go(server):
    """a call that is refused ends that client's connection, and no other"""
    nobody = Nobody(server)
    lead(server, nobody)
    expect_cut(server.connect("anna").send(b"hello"))
    with expect_nothing_kept(server):
        for name in ("ben", "cleo", "dora"):
            expect_cut(server.connect(name).send(b"hello"))
    expect_rest(server)


@relays(
    points=2,
    needs="bytes_go_both_ways",
    suspects="M191 M192",
)
def test_a_silent_upstream_holds_nobody(server):
    """while a call is not answered, others are served, and nothing stirs"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    tea.shuts()
    ben = server.connect("ben").send(b"hello from ben")
    tea.until_called()
    expect_passed((anna, far), word=b"green")
    expect_rest(server)
    tea.opens()
    his = tea.answers("tea-ben").expect(b"hello from ben")
    expect_passed((ben, his), (anna, far), word=b"black")


@relays(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M192 M191",
)
def test_a_call_has_a_limit(server):
    """a call that nobody answers in time ends that client's connection"""
    tea = Upstream(server, "tea")
    lead(server, tea, seconds=SOON)
    anna, far = pair(server, tea, "anna")
    tea.shuts()
    expect_cut(server.connect("ben").send(b"hello"))
    tea.until_given_up()
    with expect_nothing_kept(server):
        late = [server.connect(name) for name in ("cleo", "dora", "emil")]
        for client in late:
            expect_cut(client)
    # The limit is one for calls: who is connected may stay.
    expect_passed((anna, far), word=b"green")


@relays(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M197",
)
def test_a_reset_ends_its_pair_alone(server):
    """when one side vanishes, its partner is let go, and nobody else"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    cleo, hers = pair(server, tea, "cleo")
    expect_passed((anna, far), (ben, his), word=b"green")
    with expect_both_let_go(server):
        his.reset()
        expect_cut(ben)
    with expect_both_let_go(server):
        cleo.reset()
        expect_cut(hers)
    # One who has ended is told more, and vanishes so; then it is told the end.
    dora, theirs = pair(server, tea, "dora")
    theirs.close()
    dora.expect_eof()
    dora.send(b"one more word").half_close()
    for word in (b"still here", b"and still"):
        expect_passed((anna, far), word=word)


@relays(
    points=1,
    needs="each_end_is_passed_on",
    suspects="M07 M06 M19",
)
def test_it_rests_and_keeps_little(server):
    """it rests beside half a conversation, and beside who never reads"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    anna.half_close()
    far.expect_eof()
    his.half_close()
    ben.expect_eof()
    expect_rest(server)
    with expect_little_memory(server, ROOM):
        talker = server.connect("talker", Talker)
        tea.answers("tea-talker")
        talker.talk(b"on and on ", most=64 << 20)
    expect_passed_one_way(ben, his)
    expect_passed_one_way(far, anna)


def expect_passed_one_way(speaker, hearer):
    """A word goes on, where the other direction has ended."""
    speaker.send(b"still here")
    hearer.expect(b"still here")


# log_lines: a relay that tells what passes -----------------------------------


@logs(points=1)
def test_lines_are_logged(server):
    """each line is logged, with its client's number and who has sent it"""
    tea = Upstream(server, "tea")
    usher = lead(server, tea)
    anna, far = pair(server, tea, "anna")
    anna.send(b"green\n")
    far.expect(b"green\n")
    usher.expect_log((1, "client", b"green"))
    ben, his = pair(server, tea, "ben")
    his.send(b"black\nwhite\n")
    ben.expect(b"black\nwhite\n")
    usher.expect_log((2, "upstream", b"black"), (2, "upstream", b"white"))
    ben.send(b"raw fish\n")
    his.expect(b"raw fish\n")
    usher.expect_log((2, "client", b"raw fish"))
    far.send(b"soup\n")
    anna.expect(b"soup\n")
    usher.expect_log((1, "upstream", b"soup"))


@logs(
    points=1,
    needs="lines_are_logged",
    suspects="M198",
)
def test_half_a_line_goes_on_at_once(server):
    """half a line goes on at once, and is logged when it is whole"""
    tea = Upstream(server, "tea")
    usher = lead(server, tea)
    anna, far = pair(server, tea, "anna")
    anna.send(b"gre")
    far.expect(b"gre")
    far.send(b"bla")
    anna.expect(b"bla")
    usher.expect_silence()
    anna.send(b"en\nra")
    far.expect(b"en\nra")
    usher.expect_log((1, "client", b"green"))
    far.send(b"ck\n")
    anna.expect(b"ck\n")
    usher.expect_log((1, "upstream", b"black"))
    anna.send(b"w\n")
    far.expect(b"w\n")
    usher.expect_log((1, "client", b"raw"))


@logs(
    points=1,
    needs="lines_are_logged",
)
def test_the_last_line_is_logged_at_the_end(server):
    """a last line without a newline is logged at the end of its side"""
    tea = Upstream(server, "tea")
    usher = lead(server, tea)
    anna, far = pair(server, tea, "anna")
    anna.send(b"green\nblack").half_close()
    far.expect_next(b"green\nblack").expect_eof()
    usher.expect_log((1, "client", b"green"), (1, "client", b"black"))
    far.send(b"raw\n")
    far.close()
    anna.expect_next(b"raw\n").expect_eof()
    usher.expect_log((1, "upstream", b"raw"))
    ben, his = pair(server, tea, "ben")
    ben.send(b"the next\n")
    his.expect(b"the next\n")
    usher.expect_log((2, "client", b"the next"))


@logs(
    points=1,
    needs="lines_are_logged",
    buffers=SMALL,
)
def test_nothing_is_changed(server):
    """empty lines, and what is no text, are logged and go on as they came"""
    tea = Upstream(server, "tea", buffers=SMALL)
    usher = lead(server, tea)
    anna, his = pair(server, tea, "anna")
    his.send(b"\nblack \r\n")
    anna.expect(b"\nblack \r\n")
    usher.expect_log((1, "upstream", b""), (1, "upstream", b"black \r"))
    anna.send(b"raw\rfish\n\xff\n")
    his.expect(b"raw\rfish\n\xff\n")
    usher.expect_log((1, "client", b"raw\rfish"), (1, "client", b"\xff"))
    data = bytes(range(11, 256)) * 2048
    slow = server.connect("slow", Sipper, receive_buffer=SMALL)
    far = tea.answers("tea-slow")
    with heard_slowly(server, far, slow, data):
        pass
    slow.send(data[:512]).half_close()
    far.expect_next(data[:512]).expect_eof()
    usher.expect_log_of(2, "upstream", data)


# forward: a proxy that goes anywhere -----------------------------------------


def connect_to(host, port, more=b""):
    """The head of a client that wants to be connected."""
    name = b"%s:%d" % (host.encode(), port)
    return b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n%s" % (name, name, more)


@forwards(points=1)
def test_it_connects_to_a_number(server):
    """a client is connected to four numbers, and what it says goes on"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names)
    anna = server.connect("anna").send(connect_to(*tea.address))
    far = tea.answers("tea-anna")
    anna.expect(OK)
    expect_passed((anna, far), word=b"green")


@forwards(
    points=1,
    needs="it_connects_to_a_number",
    suspects="M41",
)
def test_what_comes_early_goes_on(server):
    """what a client sends behind its head, all in one piece, goes on"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names)
    anna = server.connect("anna").send(connect_to(*tea.address))
    far = tea.answers("tea-anna")
    anna.expect(OK)
    # All in one piece; and what looks like a head goes on.
    early = b"soup\r\n\r\nCONNECT\r\n"
    ben = server.connect("ben", Gulper)
    ben.send_glued([connect_to(*tea.address), early])
    his = tea.answers("tea-ben").expect(early)
    ben.expect(OK)
    expect_passed((ben, his), (anna, far), word=b"black")


@forwards(
    points=1,
    needs="it_connects_to_a_number",
    suspects="M03",
)
def test_a_head_comes_in_pieces(server):
    """a head may come in any pieces, with silent clients beside it"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names)
    server.connect("silent").send(b"CONN")
    anna = server.connect("anna", Dribbler).send(connect_to(*tea.address))
    far = tea.answers("tea-anna")
    anna.expect(OK)
    expect_passed((anna, far), word=b"green")


@forwards(
    points=2,
    needs="it_connects_to_a_number",
    suspects="M199",
)
def test_a_name_is_asked_for(server):
    """a name is looked up in the loop, and nobody waits for another's name"""
    tea, ham = Upstream(server, "tea"), Upstream(server, "ham")
    names = Resolver(server)
    lead_by_names(server, names)
    host, port = tea.address
    anna = server.connect("anna").send(connect_to("tea.example", port))
    names.is_asked("tea.example")
    ben = server.connect("ben").send(connect_to(host, port))
    his = tea.answers("tea-ben")
    ben.expect(OK)
    expect_passed((ben, his), word=b"black")
    hers = ham.address[1]
    cleo = server.connect("cleo").send(connect_to("ham.example", hers))
    names.is_asked("ham.example").answers("ham.example", host)
    end = ham.answers("ham-cleo")
    cleo.expect(OK)
    names.lies("tea.example", "127.0.0.9")
    names.babbles("tea.example")
    names.answers("tea.example", host)
    far = tea.answers("tea-anna")
    anna.expect(OK)
    expect_passed((anna, far), (cleo, end), word=b"green")


@forwards(
    points=1,
    needs="it_connects_to_a_number",
    suspects="M196",
)
def test_the_second_address_is_tried(server):
    """a name's addresses are called one after the other"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    host, port = tea.address
    Nobody(server, "nobody", host="127.0.0.2", port=port)
    Hole(server, "hole", host="127.0.0.3", port=port)
    lead_by_names(server, names, seconds=SOON)
    anna = server.connect("anna").send(connect_to("tea.example", port))
    names.is_asked("tea.example")
    names.answers("tea.example", "127.0.0.2", "127.0.0.3", host)
    far = tea.answers("tea-anna")
    anna.expect(OK)
    tea.expect_no_call()
    expect_passed((anna, far), word=b"green")
    ham = Upstream(server, "ham", host="127.0.0.4", port=port)
    for who, first, second in ("ben", tea, ham), ("cleo", ham, tea):
        name = f"{who}.example"
        client = server.connect(who).send(connect_to(name, port))
        hosts = first.address[0], second.address[0]
        names.is_asked(name).answers(name, *hosts)
        far = first.answers(f"{first.name}-{who}")
        client.expect(OK)
        second.expect_no_call()


@forwards(
    points=1,
    needs="it_connects_to_a_number",
    suspects="M199",
)
def test_what_cannot_be_had_is_told(server):
    """a client is told why there is no connection, and let go"""
    nobody, names = Nobody(server), Resolver(server)
    hole = Hole(server)
    lead_by_names(server, names, seconds=SOON)
    expect_told(server, "anna", connect_to(*nobody.address), 502)
    expect_told(server, "ben", connect_to(*hole.address), 504)
    # Nobody answers: the resolver hears of it, and is silent.
    cleo = server.connect("cleo").send(connect_to("tea.example", 80))
    names.is_asked("tea.example")
    cleo.expect_next(STATUS[504]).expect_eof()
    dora = server.connect("dora").send(connect_to("ham.example", 80))
    names.is_asked("ham.example").answers("ham.example")
    dora.expect_next(STATUS[502]).expect_eof()
    expect_told(server, "emil", b"GET http://a/ HTTP/1.1\r\n\r\n", 405)
    expect_told(server, "finn", b"CONNECT\r\n\r\n", 400)
    expect_told(server, "gwen", b"CONNECT tea HTTP/1.1\r\n\r\n", 400)
    expect_told(server, "hank", b"GET /\r\n\r\n", 400)
    # Whoever looked these up would find no name, and might wait long for that.
    expect_told(server, "ida", connect_to("1.2.3.4.5", 80), 400)
    expect_told(server, "jo", connect_to("tea" * 30, 80), 400)


STATUS = {
    400: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    405: b"HTTP/1.1 405 Method Not Allowed\r\n\r\n",
    502: b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
    504: b"HTTP/1.1 504 Gateway Timeout\r\n\r\n",
}


def expect_told(server, name, head, code):
    """A client who asks for this hears that line, and then the end."""
    server.connect(name).send(head).expect_next(STATUS[code]).expect_eof()


@forwards(
    points=1,
    needs="it_connects_to_a_number",
    suspects="M194 M197",
)
def test_it_ends_as_a_relay_does(server):
    """ends are passed on, and who vanishes ends one pair alone"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names)
    clients = {}
    for name in ("anna", "ben", "cleo"):
        client = server.connect(name).send(connect_to(*tea.address))
        clients[name] = client, tea.answers(f"tea-{name}")
        client.expect(OK)
    (anna, far), (ben, his), (cleo, hers) = clients.values()
    anna.send(b"that is all").half_close()
    far.expect_next(b"that is all").expect_eof()
    far.send(b"and one more")
    anna.expect(b"and one more")
    ben.reset()
    expect_cut(his)
    # One who vanishes while it asks.
    server.connect("ghost").send(b"CONNECT ").reset()
    expect_rest(server)
    expect_passed((cleo, hers), word=b"green")


# faults_of_relays: recorded runs, and what is wrong in them ------------------

finds = partial(
    behaviour,
    "faults_of_relays",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_moss(server):
    """says what is wrong in moss: the line, and the belief"""
    expect_named(server, "moss")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_nettle(server):
    """says what is wrong in nettle: the line, and the belief"""
    expect_named(server, "nettle")


@finds(points=2, pends=True)
def test_an_answer_for_otter(server):
    """has an answer for otter, which is compared when it is handed in"""
    expect_committed(server, "otter")
