"""It says the belief first, and fills a dict run by run.

task: faults_of_houses
"""


def faults_of_houses():
    found = {}
    found["slate"] = "any_failure_is_a_shortage", 15
    found["thyme"] = "means_come_with_a_goodbye", 21
    found["umber"] = "only_resets_happen", 18
    return found
