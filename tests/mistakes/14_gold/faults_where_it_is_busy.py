"""It takes the silence before an answer for the fault.

task: faults_of_goldsmiths
diagnosis: M181
"""


def faults_of_goldsmiths():
    return {
        "pearl": (25, "a_number_is_a_client"),
        "quartz": (25, "a_place_is_free_when_gold_is_made"),
        "reed": (28, "who_has_gone_asks_for_nothing"),
    }
