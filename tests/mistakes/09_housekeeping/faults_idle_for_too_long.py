"""It takes whoever is shown out for one who was idle.

task: faults_of_housekeepers
diagnosis: M180
"""


def faults_of_housekeepers():
    return {
        "jade": (16, "who_says_nothing_is_idle"),
        "kelp": (16, "a_line_begins_after_a_pause"),
        "lark": (16, "a_byte_is_progress_for_all_limits"),
    }
