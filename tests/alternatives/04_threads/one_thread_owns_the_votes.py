"""No lock at all: one thread owns the votes, and the others ask it in writing.

task: count_votes
"""

import queue
import threading


def keep_the_book(votes, questions):
    while True:
        name, answers = questions.get()
        try:
            count = votes.read(name) + 1
            votes.write(name, count)
            answers.put(b"%b %d\n" % (name, count))
        except ValueError:
            answers.put(b"?\n")


def look_after(connection, questions):
    answers = queue.SimpleQueue()
    with connection, suppress(OSError):
        for name in lines_of(connection):
            questions.put((name, answers))
            connection.sendall(answers.get())


def count_votes(listener, votes):
    questions = queue.SimpleQueue()
    threading.Thread(target=keep_the_book, args=[votes, questions]).start()
    while True:
        connection, _ = listener.accept()
        threading.Thread(
            target=look_after, args=[connection, questions]
        ).start()
