"""It sees a timer that nobody has cancelled where one was renewed.

task: faults_of_housekeepers
diagnosis: M180
"""


def faults_of_housekeepers():
    return {
        "jade": (16, "a_timer_ends_by_itself"),
        "kelp": (16, "a_line_begins_after_a_pause"),
        "lark": (16, "a_timer_ends_by_itself"),
    }
