"""Harder variants of exercise 12's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, more clients, coincidences that meet a frozen server in one look.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.beyond import Hole, Nobody, Resolver, Upstream
from buckets.driving.clients import Dribbler
from buckets.driving.expect import (
    expect_cut,
    expect_no_wait_for_one,
    until_it_sleeps,
)
from buckets.driving.seed import dice, line_of, random_line
from buckets.driving.topics.back_pressure import Flood
from buckets.driving.topics.connecting_out import (
    LONG,
    SOON,
    call_by_the_clock,
    call_for_orders,
    caller,
    expect_both_let_go,
    expect_passed,
    lead,
    lead_by_names,
    pair,
    serve_by_names,
    serve_logged,
    serve_to,
    serve_to_by_the_clock,
    speak_in_any_order,
)
from buckets.driving.topics.find_the_fault import answer_once, expect_named
from buckets.driving.topics.housekeeping import wind

OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
NOT_THAT = b"HTTP/1.1 405 Method Not Allowed\r\n\r\n"
BAD = b"HTTP/1.1 400 Bad Request\r\n\r\n"
MUCH = b"Cookie: %s\r\n" % (b"tea" * 600)  # as much as a browser may say

CROWD = 40
MEGABYTE = 1 << 20

calls = partial(behaviour, "connect_all", driver=call_for_orders, outward=True)
relays = partial(behaviour, "relay", driver=serve_to, outward=True)
logs = partial(behaviour, "log_lines", driver=serve_logged, outward=True)
forwards = partial(behaviour, "forward", driver=serve_by_names, outward=True)

# connect_all -----------------------------------------------------------------


@calls(
    needs="all_are_called_at_once",
    hardens="a_limit_ends_the_wait",
    suspects="M191",
)
def test_many_are_called_at_once(server):
    """of thirty addresses in any order, each has its own result"""
    tea, nobody = Upstream(server, "tea"), Nobody(server)
    hole, chance = Hole(server), dice(server)
    found = {
        tea: "a socket",
        nobody: "ConnectionRefusedError",
        hole: "TimeoutError",
    }
    called = [*chance.choices(list(found), k=28), hole, tea]
    asks = caller(server).asks_for(*called, seconds=SOON)
    asks.expect_found(*[found[each] for each in called])
    hole.until_given_up()
    ends = [tea.answers(f"tea-{n + 1}") for n in range(called.count(tea))]
    asks.sends(29, b"green")
    for end in ends[:-1]:
        end.expect_silence()
    ends[-1].expect(b"green")


@behaviour(
    "connect_all",
    needs="a_limit_ends_the_wait",
    hardens="a_limit_ends_the_wait",
    suspects="M81",
    driver=call_by_the_clock,
    outward=True,
)
def test_there_is_one_limit_for_all(server):
    """when one has answered late, the others have what is left of the limit"""
    late, hole = Hole(server, "late"), Hole(server)
    asks = caller(server)
    clock = wind(server)
    asks.asks_for(late, hole, seconds=10)
    late.until_called()
    clock.moves(6)
    late.opens()
    called = late.answers("late")
    clock.moves(3.5)
    asks.expect_waiting()
    clock.passes(1)
    asks.expect_found("a socket", "TimeoutError").sends(0, b"at last")
    called.expect(b"at last")
    hole.until_given_up()


@behaviour(
    "connect_all",
    needs="a_refusal_is_told",
    hardens="a_limit_ends_the_wait",
    suspects="M191",
    driver=call_by_the_clock,
    outward=True,
)
def test_who_is_settled_is_waited_for_no_more(server):
    """when all calls are settled, it returns, and no time passes before"""
    tea, nobody = Upstream(server, "tea"), Nobody(server)
    asks = caller(server)
    wind(server)
    asks.asks_for(tea, nobody, tea, nobody, seconds=10)
    refused = "ConnectionRefusedError"
    asks.expect_found("a socket", refused, "a socket", refused)


@calls(
    needs="a_refusal_is_told",
    hardens="a_refusal_is_told",
    suspects="M190",
)
def test_a_call_may_fail_in_another_way(server):
    """a call that is cut when it is answered has the exception for that"""
    tea, late = Upstream(server, "tea"), Hole(server, "late")
    asks = caller(server).asks_for(tea, late, seconds=LONG)
    late.until_called()
    with server.frozen():
        late.opens()
        late.answers("late").reset()
    asks.expect_found("a socket", "ConnectionResetError")
    asks.sends(0, b"green")
    tea.answers("tea").expect(b"green")


# relay -----------------------------------------------------------------------


@relays(needs="bytes_go_both_ways", hardens="bytes_go_both_ways")
def test_many_pairs_speak(server):
    """forty pairs speak in any order, and nobody hears another's bytes"""
    tea, chance = Upstream(server, "tea"), dice(server)
    lead(server, tea)
    ends = [pair(server, tea, f"client-{n + 1}") for n in range(40)]
    speak_in_any_order(ends, chance)


@relays(
    needs="a_silent_upstream_holds_nobody",
    hardens="a_silent_upstream_holds_nobody",
    suspects="M27",
)
def test_who_comes_in_is_not_waited_for(server):
    """of many who come and say nothing, none is waited for, however shortly"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    with server.frozen():
        for number in range(CROWD):
            server.connect(f"silent-{number + 1}")
    expect_no_wait_for_one(server)
    expect_passed((anna, far), word=b"green")


@behaviour(
    "relay",
    needs="a_call_has_a_limit",
    hardens="a_call_has_a_limit",
    suspects="M81",
    driver=serve_to_by_the_clock,
    outward=True,
)
def test_a_call_has_all_of_its_time(server):
    """a call lasts as long as it may, and not longer"""
    tea = Upstream(server, "tea")
    lead(server, tea, seconds=10)
    clock = wind(server)
    anna, far = pair(server, tea, "anna")
    tea.shuts()
    ben = server.connect("ben").send(b"hello")
    tea.until_called()
    clock.moves(9.5)
    ben.expect_silence()
    clock.moves(1)
    expect_cut(ben)
    tea.until_given_up()
    expect_passed((anna, far), word=b"green")


@relays(
    needs="it_rests_and_keeps_little",
    hardens="it_rests_and_keeps_little",
    suspects="M19",
)
def test_it_reads_no_more_than_goes_on(server):
    """of what is said to one who takes nothing, it keeps a megabyte at most"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    Flood(server, anna, far).until_stopped(0, MEGABYTE)
    Flood(server, his, ben).until_stopped(0, MEGABYTE)


@relays(
    needs="each_end_is_passed_on",
    hardens="each_end_is_passed_on",
    suspects="M194 M195",
)
def test_both_ends_come_in_one_look(server):
    """last bytes and ends of both sides, met in one look, all arrive"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    expect_passed((anna, far), (ben, his), word=b"green")
    with expect_both_let_go(server):
        with server.frozen():
            anna.send(b"all of mine").half_close()
            far.send(b"all of hers").half_close()
            ben.send(b"not all")
        far.expect_next(b"all of mine").expect_eof()
        anna.expect_next(b"all of hers").expect_eof()
    his.expect(b"not all")


@relays(
    needs="a_reset_ends_its_pair_alone",
    hardens="a_reset_ends_its_pair_alone",
    suspects="M197",
)
def test_resets_come_in_one_look(server):
    """both sides of a pair vanish in one look, and others are well"""
    tea = Upstream(server, "tea")
    lead(server, tea)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    cleo, hers = pair(server, tea, "cleo")
    expect_passed((anna, far), (ben, his), (cleo, hers), word=b"green")
    with expect_both_let_go(server), server.frozen():
        ben.send(b"and")
        ben.reset()
        his.reset()
    with server.frozen():
        cleo.send(b"one more word")
        hers.reset()
    expect_cut(cleo)
    expect_passed((anna, far), word=b"still here")


# log_lines -------------------------------------------------------------------


@logs(
    needs="half_a_line_goes_on_at_once",
    hardens="half_a_line_goes_on_at_once",
    suspects="M198",
)
def test_any_cut_is_logged(server):
    """random lines of both sides, cut anywhere, are logged one by one"""
    tea, chance = Upstream(server, "tea"), dice(server)
    usher = lead(server, tea)
    pairs = [pair(server, tea, name) for name in ("anna", "ben")]
    for number, (near, far) in [*enumerate(pairs, 1)] * 3:
        for who, one, other in ("client", near, far), ("upstream", far, near):
            line = random_line(chance, 12)
            cut = chance.randrange(len(line))
            one.send(line[:cut])
            other.expect(line[:cut])
            one.send(line[cut:])
            other.expect(line[cut:])
            usher.expect_log((number, who, line[:-1]))


@logs(
    needs="lines_are_logged",
    hardens="lines_are_logged",
)
def test_who_is_refused_is_counted(server):
    """clients are numbered as they were accepted, also where a call fails"""
    tea = Nobody(server, "tea")
    usher = lead(server, tea)
    for name in ("anna", "ben"):
        expect_cut(server.connect(name))
    tea.opens()
    cleo, hers = pair(server, tea, "cleo")
    cleo.send(b"green\n")
    hers.expect(b"green\n")
    usher.expect_log((3, "client", b"green"))


# forward ---------------------------------------------------------------------


def connect_to(host, port, more=b""):
    """The head of a client that wants to be connected."""
    name = b"%s:%d" % (host.encode(), port)
    return b"CONNECT %s HTTP/1.1\r\nUser-Agent: a\r\n%s\r\n" % (name, more)


@forwards(
    needs="a_head_comes_in_pieces",
    hardens="what_comes_early_goes_on",
    suspects="M03",
)
def test_a_head_is_cut_anywhere(server):
    """a long head cut at any byte of its end, with early bytes behind it"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names)
    head = connect_to(*tea.address, MUCH)
    for number, back in enumerate((4, 3, 2, 1, 0), 1):
        client = server.connect(f"client-{number}", Dribbler)
        early = line_of(client)
        client.send_cut(head + early, len(head) - back)
        far = tea.answers(f"tea-{number}").expect(early)
        client.expect(OK)
        expect_passed((client, far), word=b"green")


@forwards(
    needs="a_name_is_asked_for",
    hardens="what_comes_early_goes_on",
    suspects="M101",
)
def test_what_comes_during_the_call_goes_on(server):
    """what a client sends while its name is looked up is for the upstream"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names, seconds=LONG)
    anna = server.connect("anna").send(
        connect_to("tea.example", tea.address[1])
    )
    names.is_asked("tea.example")
    anna.send(b"soup")
    until_it_sleeps(server)
    names.answers("tea.example", tea.address[0])
    far = tea.answers("tea-anna").expect(b"soup")
    anna.expect(OK)
    expect_passed((anna, far), word=b"green")


@forwards(
    needs="a_name_is_asked_for",
    hardens="a_name_is_asked_for",
    suspects="M199",
)
def test_names_are_answered_in_any_order(server):
    """six names are asked for, and answered in any order"""
    names, chance = Resolver(server), dice(server)
    lead_by_names(server, names, seconds=LONG)
    asked = []
    for number in range(1, 7):
        # Each has its own upstream, so that it is known who was called.
        tea = Upstream(server, f"tea-{number}")
        name = f"tea-{number}.example"
        client = server.connect(f"client-{number}")
        client.send(connect_to(name, tea.address[1]))
        names.is_asked(name)
        asked.append((name, client, tea))
    chance.shuffle(asked)
    for name, client, tea in asked:
        names.answers(name, tea.address[0])
        far = tea.answers(f"end-of-{tea.name}")
        client.expect(OK)
        expect_passed((client, far), word=line_of(far))


@forwards(
    needs="what_cannot_be_had_is_told",
    hardens="what_cannot_be_had_is_told",
)
def test_what_is_nearly_right_is_told(server):
    """small letters, and ports beyond the first and the last, are refused"""
    tea, names = Upstream(server, "tea"), Resolver(server)
    lead_by_names(server, names)
    host, port = tea.address
    small = connect_to(host, port).replace(b"CONNECT", b"connect")
    for name, head, told in (
        ("anna", small, NOT_THAT),
        ("ben", connect_to(host, 0), BAD),
        ("cleo", connect_to(host, 65536), BAD),
    ):
        server.connect(name).send(head).expect_next(told).expect_eof()
    dora = server.connect("dora").send(connect_to(host, port))
    far = tea.answers("tea-dora")
    dora.expect(OK)
    expect_passed((dora, far), word=b"green")


# faults_of_relays ------------------------------------------------------------


@behaviour(
    "faults_of_relays",
    needs="an_answer_for_otter",
    hardens="an_answer_for_otter",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_otter(server):
    """says what is wrong in otter: the line, and the belief"""
    expect_named(server, "otter")
