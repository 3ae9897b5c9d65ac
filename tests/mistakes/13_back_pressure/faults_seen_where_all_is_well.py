"""It takes a silence for the fault, where all has been said.

task: faults_of_marks
diagnosis: M181
"""


def faults_of_marks():
    return {
        "vetch": (23, "marks_are_passed_upwards"),
        "willow": (18, "a_pair_has_one_gate"),
        "yarrow": (17, "hear_first_then_speak"),
    }
