"""It takes the end of a server for what "not now" has done.

task: faults_of_houses
diagnosis: M180
"""


def faults_of_houses():
    return {
        "slate": (15, "any_failure_is_a_shortage"),
        "thyme": (21, "means_come_with_a_goodbye"),
        "umber": (18, "a_flag_is_a_promise"),
    }
