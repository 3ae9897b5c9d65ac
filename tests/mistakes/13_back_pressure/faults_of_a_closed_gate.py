"""It takes a relay that reads no more for one that has a gate for both.

task: faults_of_marks
diagnosis: M180
"""


def faults_of_marks():
    return {
        "vetch": (23, "a_pair_has_one_gate"),
        "willow": (16, "a_pair_has_one_gate"),
        "yarrow": (17, "hear_first_then_speak"),
    }
