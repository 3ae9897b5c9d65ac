"""It takes a client to whom nothing comes for one left behind by a reset.

task: faults_of_relays
diagnosis: M180
"""


def faults_of_relays():
    return {
        "moss": (19, "the_first_end_ends_both"),
        "nettle": (27, "a_reset_is_between_two"),
        "otter": (16, "a_reset_is_between_two"),
    }
