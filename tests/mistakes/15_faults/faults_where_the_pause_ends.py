"""It names the line at which the client is let in, too late.

task: faults_of_houses
diagnosis: M181
"""


def faults_of_houses():
    return {
        "slate": (19, "any_failure_is_a_shortage"),
        "thyme": (21, "means_come_with_a_goodbye"),
        "umber": (18, "only_resets_happen"),
    }
