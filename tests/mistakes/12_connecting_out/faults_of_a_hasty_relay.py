"""It takes an end that comes too soon for one that has overtaken bytes.

task: faults_of_relays
diagnosis: M180
"""


def faults_of_relays():
    return {
        "moss": (19, "an_end_overtakes_bytes"),
        "nettle": (27, "a_reset_is_between_two"),
        "otter": (16, "an_end_is_seen_by_itself"),
    }
