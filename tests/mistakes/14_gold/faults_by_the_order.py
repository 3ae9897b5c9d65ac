"""It takes what comes to the wrong client for a matter of order.

task: faults_of_goldsmiths
diagnosis: M180
"""


def faults_of_goldsmiths():
    return {
        "pearl": (25, "what_is_made_is_sent"),
        "quartz": (29, "a_place_is_free_when_gold_is_made"),
        "reed": (28, "who_has_gone_asks_for_nothing"),
    }
