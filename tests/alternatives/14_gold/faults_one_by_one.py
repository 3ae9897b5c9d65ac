"""It says the belief first, and fills a dict run by run.

task: faults_of_goldsmiths
"""


def faults_of_goldsmiths():
    found = {}
    found["pearl"] = "a_number_is_a_client", 25
    found["quartz"] = "cancel_takes_back_the_gold_alone", 29
    found["reed"] = "who_has_gone_asks_for_nothing", 28
    return found
