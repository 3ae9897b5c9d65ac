"""It says the belief first, and fills a dict run by run.

task: faults_of_relays
"""


def faults_of_relays():
    found = {}
    found["moss"] = "the_first_end_ends_both", 19
    found["nettle"] = "a_reset_is_between_two", 27
    found["otter"] = "an_end_is_seen_by_itself", 16
    return found
