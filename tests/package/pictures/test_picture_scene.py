"""From a trace to a scene: what is told, what is counted, what is left out."""

import json
import time

import made_traces
import pytest
from made_traces import Writer
from samples import TRACES

from buckets.pictures.aisle.aisle import replay
from buckets.pictures.aisle.predict import NOBODY
from buckets.pictures.aisle.scene import build
from buckets.pictures.aisle.state import state_at
from buckets.pictures.aisle.thin import MOST
from buckets.pictures.cast import DOOR
from buckets.trace.lints import find
from buckets.trace.trace import Trace, sound


def told(scene):
    return [scene["words"][moment["say"]] for moment in scene["moments"]]


def last_state(scene):
    return state_at(scene, scene["length"])


def test_a_busy_loop_is_counted_and_not_drawn_turn_by_turn():
    scene = build(made_traces.spinning(turns=2000))
    again = [m for m in scene["moments"] if m["k"] == "again"]
    assert [m["pose"] for m in again] == ["spin"]
    assert again[0]["n"] == 1998
    assert len(scene["moments"]) < 50
    words = "The same 3 steps again, 1,998 times in 120 ms, without a moment's rest."
    assert words in told(scene)


def test_a_polling_loop_repeats_and_sleeps():
    w = Writer()
    for _ in range(50):
        w.server(0.1, "fail", 4, op="accept", fd=3, error="BlockingIOError")
        w.server(0.1, "wait", 5, api="sleep", r=[], w=[], x=[], timeout=0.01)
        w.server(10, "woke", 5, r=[], w=[], x=[])
    scene = build(w.trace())
    (again,) = [m for m in scene["moments"] if m["k"] == "again"]
    assert again["pose"] == "nap"
    assert "of the time asleep" in " ".join(told(scene))


def busy(w, rounds, counted=500):
    """A loop that spins on flag 4: rounds are told, then counted with a sample each."""
    lists = {"r": [4], "w": [], "x": []}

    def turn():
        w.server(0.01, "wait", 5, api="select", timeout=None, **lists)
        w.server(0.01, "woke", 5, **lists)

    for _ in range(6):
        turn()
    for _ in range(rounds):
        begin = w.t
        w.server(50, "sum", **{"from": begin, "to": w.t + 50_000_000, "waits": counted})
        turn()


def test_samples_of_a_loop_that_is_counted_are_no_steps():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    busy(w, 9)
    w.line(1, "fault", text="never rests")
    busy(w, 3)
    scene = build(w.trace())
    kinds = [m["k"] for m in scene["moments"]]
    before = kinds[: kinds.index("fault")]
    assert before == "connect accept wait woke wait woke again again".split()
    assert any("4,500 waits" in words for words in told(scene))
    state = state_at(scene, scene["moments"][len(before)]["t"])
    assert state["people"][0]["pose"] == "spin"
    assert state["lists"]["back"]["r"] == [0]


def test_in_a_loop_that_is_counted_what_is_new_stays():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    busy(w, 2)
    w.recv(4, 6, 6)
    lists = {"r": [4], "w": [], "x": []}
    w.server(0.01, "wait", 5, api="select", timeout=None, **lists)
    w.server(300, "woke", 5, **lists)
    busy(w, 2)
    kinds = [m["k"] for m in build(w.trace())["moments"]]
    after = kinds[kinds.index("recv") :]
    assert after[:3] == ["recv", "wait", "woke"]


def test_what_clients_do_is_never_folded_away():
    w = Writer()
    for _ in range(20):
        w.client(1, "eager", "pour", 40001, n=1, data="x")
        w.server(1, "fail", 4, op="accept", fd=3, error="BlockingIOError")
    scene = build(w.trace())
    assert sum(m["k"] == "pour" for m in scene["moments"]) == 20


def test_a_call_that_blocks_is_a_moment_and_one_that_returns_is_not():
    scene = build(made_traces.blocking())
    kinds = [m["k"] for m in scene["moments"]]
    assert kinds == (
        "try connect accept try connect pour connect pour level fault".split()
    )
    text = "\n".join(told(scene))
    assert "accept(): stands at the door until somebody comes; that takes 20 ms" in text
    assert "still stands there when the trace ends" in text
    w = Writer()
    w.server(1, "try", 3, op="accept", fd=3)
    w.client(0.2, "eager", "connect", 40001)
    w.accept(4, 40001)
    assert [m["k"] for m in build(w.trace())["moments"]] == ["connect", "accept"]


def test_a_wait_for_a_child_is_a_moment_and_one_that_returns_is_not():
    scene = build(made_traces.waiting_for_a_child())
    own = [moment for moment in scene["moments"] if moment.get("p") == 0]
    assert [moment["k"] for moment in own] == ["accept", "close", "try", "stood", "try"]
    told = [scene["words"][moment["say"]] for moment in own[2:4]]
    text = "server: waitpid(): stands there until a child ends; that takes 500 ms."
    assert told == [text, "server: waitpid() is over."]
    poses = [state_at(scene, m["t"])["people"][0]["pose"] for m in own[2:4]]
    assert poses == ["wait", "stand"]
    assert state_at(scene, own[2]["t"])["people"][0]["at"] == "chair"


def test_a_handler_that_waits_calls_away_from_the_call_that_was_begun():
    scene = build(made_traces.called_away())
    own = [moment for moment in scene["moments"] if moment.get("p") == 0]
    assert [scene["words"][moment["say"]].partition("; ")[2] for moment in own] == [
        "",
        "a signal calls it away after 300 ms.",
        "a signal calls it away after 200 ms.",
        "that takes 100 ms.",
        "",
    ]
    assert [moment["k"] for moment in own] == "accept try try try accept".split()
    assert state_at(scene, own[3]["t"])["people"][0] == {"at": "door", "pose": "wait"}


def test_to_wait_again_and_again_is_no_work():
    w = Writer()
    for _ in range(12):
        w.server(0.1, "try", 5, op="accept", fd=3)
        w.server(100, "fail", 5, op="accept", fd=3, error="TimeoutError")
    counted = {"from": w.t, "to": w.t + 400 * 1_000_000, "fails": 4}
    w.server(400, "sum", **counted)
    scene = build(w.trace())
    *_, again, counts = [m for m in scene["moments"] if m["k"] == "again"]
    assert scene["words"][again["say"]].endswith("100% of the time asleep.")
    assert (again["pose"], again["c"], counts["pose"]) == ("wait", -1, "wait")


def test_a_wait_on_a_socket_that_is_not_drawn_is_for_no_child():
    w = Writer()
    w.server(0.1, "try", 11, op="recv", fd=9, ask=4096)
    w.server(500, "recv", 11, fd=9, ask=4096, n=4, level=0)
    scene = build(w.trace())
    [told] = [scene["words"][m["say"]] for m in scene["moments"] if m["k"] == "try"]
    assert told.startswith("recv() on ") and "until water comes" in told


def test_a_busy_machine_is_not_told_as_waiting_for_room():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.server(0.1, "try", 15, op="sendall", fd=4, ask=6)
    w.server(5, "send", 15, op="sendall", fd=4, ask=6, n=6)
    w.client(5, "eager", "pour", 40001, n=6, data="hello\n")
    w.server(0.1, "try", 11, op="recv", fd=4, ask=4096)
    w.recv(4, 6, 6, gap=5)
    w.server(0.1, "try", 15, op="sendall", fd=4, ask=900_000)
    w.server(5, "send", 15, op="sendall", fd=4, ask=900_000, n=900_000)
    assert "try" not in [m["k"] for m in build(w.trace())["moments"]]


@pytest.mark.parametrize(("before", "ask"), [(900_000, 6), (0, 900_000)])
def test_waiting_for_room_is_told_where_the_bucket_is_full(before, ask):
    w = Writer()
    w.client(1, "sipper", "connect", 40001)
    w.accept(4, 40001)
    w.send(4, before)
    w.server(0.1, "try", 15, op="sendall", fd=4, ask=ask)
    w.server(300, "send", 15, op="sendall", fd=4, ask=ask, n=ask)
    assert "stands there until there is room" in " ".join(told(build(w.trace())))


def test_a_failure_in_a_caption_has_no_sign_of_a_transcript():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.line(1, "fault", text="eager < expected b'a < b'")
    end = "Here the test failed: eager expected b'a < b'"
    assert told(build(w.trace()))[-1] == end


def test_what_went_with_its_process_is_not_taken_away_again():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.server(1, "close", fd=77)
    w.server(1, "end", how="raised", kind="ValueError", error="?")
    w.server(1, "close", fd=4, dropped=True)
    sentences = told(build(w.trace()))
    assert sentences[-2] == "close(): descriptor 77, which is nobody's pair."
    assert sentences[-1].startswith("The server has died")


def test_a_reply_is_drawn_after_the_call_that_sends_it():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.client(1, "eager", "pour", 40001, n=6, data="hello\n")
    w.recv(4, 6, 6)
    w.client(0.1, "eager", "hear", 40001, n=6)
    w.client(0.1, "eager", "half_close", 40001)
    # What was called before that is written down when it is over.
    w.send(4, 6)
    w.server(0.1, "close", 16, fd=4)
    w.client(1, "eager", "eof", 40001)
    scene = build(w.trace())
    kinds = [m["k"] for m in scene["moments"]]
    assert kinds == "connect accept pour recv send hear half close over".split()
    assert scene["moments"][4]["at"] == [0, 15]
    assert last_state(scene)["pairs"][0]["back"] == 0


def test_nobody_is_told_to_stand_at_the_door_after_being_let_in():
    w = Writer()
    for fd, who in ((4, "silent"), (5, "eager")):
        w.accept(fd, 40000 + fd)
        w.server(0.1, "try", 11, op="recv", fd=fd)
        w.client(0.1, who, "connect", 40000 + fd)
    scene = build(w.trace())
    kinds = [(m["k"], m["c"]) for m in scene["moments"]]
    pairs = [("connect", 0), ("accept", 0), ("connect", 1), ("accept", 1)]
    assert [each for each in kinds if each[0] != "try"] == pairs


def test_what_was_heard_before_a_call_began_stays_before_it():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.send(4, 6)
    w.client(0.1, "eager", "hear", 40001, n=6)
    w.client(0.1, "eager", "pour", 40001, n=6)
    w.recv(4, 6, 6)
    w.send(4, 6)
    kinds = [m["k"] for m in build(w.trace())["moments"]]
    assert kinds == "connect accept send hear pour recv send".split()


def test_the_graders_own_looks_are_named_as_such():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    for fd, port in ((4, 40001), (5, 50007), (6, 50008)):
        w.accept(fd, port)
    scene = build(Trace(w.events, strangers="grader"))
    assert [pair["name"] for pair in scene["pairs"]] == ["eager", "grader", "grader 2"]
    looks = ": the check itself, to see whether the loop still turns."
    assert told(scene)[1:3] == [
        "accept() lets eager in.",
        f"accept() lets grader in{looks}",
    ]
    assert told(build(w.trace()))[2] == "accept() lets port 50007 in."


def test_who_waits_in_a_call_is_not_said_to_be_asleep():
    w = Writer()
    w.line(1, "fault", text="eager < nothing came, and the server is asleep")
    assert told(build(w.trace()))[0].endswith("nothing came, and the server waits")


def test_a_server_without_flags_is_told_of_none():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.recv(4, 0, 0)
    assert told(build(w.trace()))[-1] == "recv() on eager gives b'': end of file."
    w.wait(4)
    assert "This flag stays up" in " ".join(told(build(w.trace())))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("urgent", "recv() takes anna's urgent byte, b'!'; the others stay."),
        ("peek", "recv() looks at 1 byte of anna, b'!'; all of them stay."),
        ("", "recv() scoops 1 byte from anna, b'!'; 4 bytes stay."),
    ],
)
def test_what_a_look_or_an_urgent_byte_leaves_is_still_there(how, said):
    w = Writer()
    w.client(1, "anna", "connect", 40001)
    w.accept(4, 40001)
    w.client(0.1, "anna", "pour", 40001, n=5)
    left = {how: True} if how else {}
    w.server(1, "recv", 11, fd=4, ask=1, n=1, level=5, data="!", **left)
    scene = build(w.trace())
    assert said in told(scene)
    assert last_state(scene)["pairs"][0]["level"] == (5 if how else 4)


def test_who_is_in_the_third_list_is_called_exceptional():
    w = Writer()
    w.client(1, "anna", "connect", 40001)
    w.accept(4, 40001)
    w.server(1, "wait", 5, api="select", timeout=2.0, r=[], w=[], x=[4])
    w.server(9, "woke", 5, r=[], w=[], x=[4])
    asked, came = told(build(w.trace()))[-2:]
    assert asked.startswith("select() asks about anna for exceptions; ")
    assert came == "select() returns: anna is exceptional."


def test_a_lint_is_marked_where_all_that_it_names_can_be_seen():
    trace = made_traces.blocking()
    (lint,) = [each for each in find(trace) if each.name.startswith("blocked on one")]
    scene = build(trace, marks=[vars(lint)])
    assert "eager and quick lay unread" in lint.text
    marked = state_at(scene, scene["moments"][scene["lints"][0]["i"]]["t"])
    assert [pair["level"] > 0 for pair in marked["pairs"]] == [False, True, True]


def test_levels_that_were_measured_win():
    scene = build(made_traces.blocking())
    state = last_state(scene)
    # quick's pour was noted with 60 bytes; the kernel said 120.
    assert [pair["level"] for pair in state["pairs"]] == [0, 6, 120]


def test_one_person_for_each_pair_after_fork():
    scene = build(made_traces.forking())
    names = [person["name"] for person in scene["people"]]
    assert names == ["server", "child 1", "child 2", "child 3"]
    state = last_state(scene)
    assert [p["at"] for p in state["people"]] == ["door", 0, 1, 2]
    assert [p["pose"] for p in state["people"]] == ["wait", "wait", "gone", "wait"]
    assert [p["place"] for p in state["pairs"]] == ["aisle", "gone", "aisle"]


def test_threads_have_names_of_their_own():
    w = Writer()
    for number in (1, 2):
        w.client(1, f"c{number}", "connect", 40000 + number)
        w.accept(3 + number, 40000 + number)
        w.server(0.1, "thread", th=500 + number, id=500 + number)
        w.server(0.1, "try", 5, th=500 + number, op="recv", fd=3 + number)
    scene = build(w.trace())
    assert [p["name"] for p in scene["people"]] == ["server", "thread 1", "thread 2"]
    assert [p["at"] for p in last_state(scene)["people"]] == ["door", 0, 1]


def test_twelve_are_drawn_and_the_rest_is_summed_up():
    scene = build(made_traces.crowd(60))
    assert len(scene["pairs"]) == 12
    assert scene["rest"] == 48
    assert sum(last_state(scene)["rest"]) == 48


def test_who_is_named_by_a_failure_is_drawn():
    w = Writer()
    for number in range(40):
        w.client(1, f"mob {number}", "connect", 40000 + number)
    w.line(1, "fault", text="mob 37 expected b'hi', nothing came")
    lint = {"t": w.t, "name": "flag ignored", "text": "The flag of mob 39 was ignored."}
    scene = build(w.trace(), marks=[lint])
    names = [pair["name"] for pair in scene["pairs"]]
    assert names == [*(f"mob {n}" for n in range(10)), "mob 37", "mob 39"]


def test_a_server_that_stands_still_does_so_until_the_record_ends():
    w = Writer()
    w.client(1, "silent", "connect", 40001)
    w.server(0.1, "try", 3, op="recv", fd=4)
    scene = build(Trace(w.events, until=w.t + 900 * made_traces.MILLI))
    *_, tried, last = scene["moments"]
    assert scene["length"] == last["t"] and last["t"] - tried["t"] >= 900_000
    assert scene["words"][last["say"]].endswith("The server is still in recv().")


def test_times_are_steps():
    for path in TRACES.glob("*.jsonl"):
        times = [m["t"] for m in build(Trace.load(path))["moments"]]
        assert times == sorted(set(times))


def test_a_long_run_is_cut_and_its_state_survives_the_gap():
    trace = made_traces.chatter(30_000)
    whole = made_traces.chatter(30_000).events
    scene = build(trace)
    assert len(scene["moments"]) <= MOST + 1
    (gap,) = [m for m in scene["moments"] if m["k"] == "gap"]
    assert any("left out" in sentence for sentence in scene["missing"])
    sent = sum(e["n"] for e in whole if e["e"] == "send")
    assert sum(p["sent"] for p in last_state(scene)["pairs"]) == sent
    assert gap["n"] > 10_000


def test_a_long_run_keeps_the_moment_asked_for():
    trace = made_traces.chatter(30_000)
    middle = trace.events[len(trace.events) // 2]["t"]
    scene = build(trace, focus=middle)
    times = [m["t"] for m in scene["moments"]]
    assert min(abs(t - (middle - trace.begin) // 1000) for t in times) < 1000


# --- the questions of the predict mode ---------------------------------------------


def test_questions_stop_before_the_flags_change():
    scene = build(made_traces.spinning(3))
    stops = [scene["moments"][stop]["k"] for stop, *_ in scene["asks"]]
    assert all(
        scene["moments"][stop + 1]["k"] == "woke" for stop, *_ in scene["asks"]
    ), stops
    assert [(answer, up) for _, _, answer, up in scene["asks"]] == [
        (DOOR, [-1]),
        (DOOR, [-1, 1]),
        (2, [2]),
        (1, [1, 2]),
    ]


def test_a_flag_that_nobody_follows_is_a_question_with_that_answer():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.wait(3)
    w.woke(3)
    w.wait(3)
    assert [ask[2] for ask in build(w.trace())["asks"]] == [NOBODY]


def test_without_select_the_question_is_the_next_place():
    scene = build(made_traces.blocking())
    assert [answer for _, _, answer, _ in scene["asks"]] == [0]


# --- bad input ----------------------------------------------------------------------


def write(tmp_path, text):
    path = tmp_path / "trace.jsonl"
    path.write_text(text, encoding="ascii")
    return path


def test_a_server_killed_in_mid_write(tmp_path):
    whole = (TRACES / "select_four_clients.jsonl").read_text()
    picture = replay(write(tmp_path, whole[: len(whole) // 2]))
    assert "anna" in picture.text
    assert "the end of the last line" in picture.text
    assert "the end of the last line" in picture.html


@pytest.mark.parametrize("text", ["", "\n", "not a trace\n", '{"e": 1}\n[]\n{}\n'])
def test_nothing_to_draw(tmp_path, text):
    picture = replay(write(tmp_path, text))
    assert "Nothing was recorded." in picture.text
    assert "<svg" in picture.poster_svg


def test_a_server_that_died():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.line(1, "end", how="killed", error="signal 9")
    scene = build(w.trace())
    state = last_state(scene)
    assert state["people"][0]["pose"] == "dead"
    assert state["pairs"][0]["place"] == "gone"
    assert scene["labels"][state["line"][0]] == "serve_many"
    assert state["end"] == {"how": "killed", "error": "signal 9", "line": [0, 8]}
    assert told(scene)[-1] == "The server was killed: signal 9."


def test_what_a_dying_server_closes_is_no_work():
    scene = build(made_traces.dying())
    state = last_state(scene)
    assert state["people"][0] == {"at": "chair", "pose": "dead"}
    assert state["line"] == [0, 5]
    text = (
        "select() asks about the door, silent, a closed socket and gulper for reading"
    )
    assert any(sentence.startswith(text) for sentence in told(scene))


def test_a_select_that_fails_is_not_told_to_sleep():
    scene = build(made_traces.dying())
    (index,) = [i for i, m in enumerate(scene["moments"]) if m["k"] == "fail"]
    wait = scene["moments"][index - 1]
    assert wait["k"] == "wait"
    assert told(scene)[index - 1].endswith("for reading; it fails: ValueError.")
    state = state_at(scene, wait["t"])
    assert state["people"][0]["pose"] == "fail"
    assert state["lists"]["failed"] == "ValueError"


def test_an_end_may_say_anything():
    for strange in ([], {}, None, 7, "juggled"):
        w = Writer()
        w.client(1, "eager", "connect", 40001)
        w.server(1, "end", how=strange, error="?")
        assert replay(Trace([e for e in w.events if sound(e)])).text


def test_the_bytes_that_moved_are_told():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.client(1, "eager", "pour", 40001, n=6, data="it's\n\x00")
    w.server(1, "recv", fd=4, ask=4, n=4, level=6, data="it's")
    w.server(1, "send", fd=4, ask=100, n=100, data="x" * 48)
    sentences = told(build(w.trace()))
    assert sentences[-3:] == [
        r"eager pours 6 bytes, b'it\'s\n\x00'.",
        r"recv() scoops 4 bytes from eager, b'it\'s'; 2 bytes stay.",
        f"send() tips 100 bytes behind eager, b'{'x' * 32}…'.",
    ]


def test_nobody_waits_for_who_has_said_all():
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.client(1, "eager", "half_close", 40001)
    w.server(1, "try", op="recv", fd=4, ask=4096)
    w.client(5, "eager", "close", 40001)
    scene = build(w.trace())
    assert "try" not in [moment["k"] for moment in scene["moments"]]


def test_a_nap_that_was_only_counted_is_no_select():
    w = Writer()
    lists = {"r": [], "w": [], "x": []}
    w.server(1, "wait", api="sleep", timeout=0.1, **lists)
    w.server(100, "woke", **lists)
    w.line(100, "sum", p=100, **{"from": w.t, "to": w.t + 10**8, "waits": 9})
    w.server(1, "woke", **lists)
    assert build(w.trace())["selects"] == 0


def test_a_server_that_hung():
    picture = replay(TRACES / "blocking_silent_client.jsonl")
    assert "recv() on silent" in " ".join(build_words(picture))


def build_words(picture):
    start = picture.html.index('class="ab-scene">') + len('class="ab-scene">')
    return json.loads(picture.html[start : picture.html.index("</script>", start)])[
        "words"
    ]


def test_strange_events_do_no_harm():
    w = Writer()
    w.recv(99, 5, 5)
    w.woke(3, 99)
    w.server(1, "close", fd=98)
    w.server(1, "thread", th=7, id=7)
    w.server(1, "born", pid=300, parent=299)
    w.client(1, "ghost", "eof", 0)
    w.client(1, "ghost", "whistles", 40001)
    w.server(1, "shut", fd=4, how=7)
    w.server(1, "juggle", fd=4)
    w.line(1, "levels", q={"40001": 5, "x": 1})
    scene = build(w.trace())
    assert last_state(scene)["i"] == len(scene["moments"]) - 1


def test_a_million_events_stay_bounded(tmp_path):
    path = tmp_path / "long.jsonl"
    lines = [json.dumps(e) for e in made_traces.chatter(60_000).events]
    path.write_text("\n".join(lines * 17), encoding="ascii")
    begun = time.process_time()
    picture = replay(path)
    assert "lines from the middle of a very long trace" in picture.text
    assert len(picture.html) < 500_000
    # No promise on speed: a guard against a cost that grows with the square.
    assert time.process_time() - begun < 100


def test_a_usual_run_makes_a_small_page():
    picture = replay(made_traces.chatter(2000))
    assert len(picture.html.encode()) < 400_000
