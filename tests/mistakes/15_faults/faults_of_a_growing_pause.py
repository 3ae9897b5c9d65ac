"""It takes a pause of the wrong length for one that grows.

task: faults_of_houses
diagnosis: M180
"""


def faults_of_houses():
    return {
        "slate": (15, "any_failure_is_a_shortage"),
        "thyme": (21, "the_pause_must_grow"),
        "umber": (18, "only_resets_happen"),
    }
