"""It says the belief first, and fills a dict run by run.

task: faults_of_goldsmiths
"""


def faults_of_goldsmiths():
    found = {}
    found["pearl"] = "a_number_is_a_client", 25
    found["quartz"] = "a_place_is_free_when_gold_is_made", 29
    found["reed"] = "who_has_gone_asks_for_nothing", 28
    return found
