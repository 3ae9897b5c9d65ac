"""It says the belief first, and fills a dict run by run.

task: faults_of_loops
"""


def faults_of_loops():
    found = {}
    found["grove"] = "to_modify_is_to_add", 23
    found["heath"] = "to_tell_is_enough", 18
    found["iris"] = "an_end_needs_no_word", 23
    return found
