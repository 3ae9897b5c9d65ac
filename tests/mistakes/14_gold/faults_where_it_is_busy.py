"""It takes the silence before an answer for the fault.

task: faults_of_goldsmiths
diagnosis: M181
"""


def faults_of_goldsmiths():
    return {
        "pearl": (25, "a_number_is_a_client"),
        "quartz": (25, "cancel_takes_back_the_gold_alone"),
        "reed": (28, "who_has_gone_asks_for_nothing"),
    }
