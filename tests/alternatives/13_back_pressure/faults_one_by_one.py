"""It says the belief first, and fills a dict run by run.

task: faults_of_marks
"""


def faults_of_marks():
    found = {}
    found["vetch"] = "marks_are_passed_upwards", 23
    found["willow"] = "a_pair_has_one_gate", 16
    found["yarrow"] = "hear_first_then_speak", 17
    return found
