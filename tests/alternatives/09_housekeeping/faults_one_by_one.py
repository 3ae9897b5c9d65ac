"""It says the belief first, and fills a dict run by run.

task: faults_of_housekeepers
"""


def faults_of_housekeepers():
    found = {}
    found["jade"] = "a_timer_ends_by_itself", 16
    found["kelp"] = "a_line_begins_after_a_pause", 16
    found["lark"] = "a_byte_is_progress_for_all_limits", 16
    return found
