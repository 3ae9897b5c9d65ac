"""It says the belief first, and fills a dict run by run.

task: faults_of_parents
"""


def faults_of_parents():
    found = {}
    found["dune"] = "the_first_hired_ends_first", 17
    found["ember"] = "a_child_counts_itself_out", 17
    found["fern"] = "a_signal_means_all_have_ended", 14
    return found
