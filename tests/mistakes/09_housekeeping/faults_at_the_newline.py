"""It names the line in which the late newline is taken, and not the deadline.

task: faults_of_housekeepers
diagnosis: M181
"""


def faults_of_housekeepers():
    return {
        "jade": (16, "a_timer_ends_by_itself"),
        "kelp": (18, "a_line_begins_after_a_pause"),
        "lark": (16, "a_byte_is_progress_for_all_limits"),
    }
