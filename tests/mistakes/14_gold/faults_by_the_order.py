"""It takes what comes to the wrong client for a matter of order.

task: faults_of_goldsmiths
diagnosis: M180
"""


def faults_of_goldsmiths():
    return {
        "pearl": (25, "what_is_made_is_sent"),
        "quartz": (29, "cancel_takes_back_the_gold_alone"),
        "reed": (28, "who_has_gone_asks_for_nothing"),
    }
