"""It takes the first silence of the run for the fault.

task: faults_of_relays
diagnosis: M181
"""


def faults_of_relays():
    return {
        "moss": (19, "the_first_end_ends_both"),
        "nettle": (22, "a_reset_is_between_two"),
        "otter": (16, "an_end_is_seen_by_itself"),
    }
