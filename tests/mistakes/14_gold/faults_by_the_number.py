"""It takes gold for somebody who has gone for gold of the wrong client.

task: faults_of_goldsmiths
diagnosis: M180
"""


def faults_of_goldsmiths():
    return {
        "pearl": (25, "a_number_is_a_client"),
        "quartz": (29, "cancel_takes_back_the_gold_alone"),
        "reed": (28, "a_number_is_a_client"),
    }
