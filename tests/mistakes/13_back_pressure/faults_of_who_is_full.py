"""It does not count: who has something to take is full, it thinks.

task: faults_of_marks
diagnosis: M180
"""


def faults_of_marks():
    return {
        "vetch": (23, "marks_are_passed_upwards"),
        "willow": (16, "a_pair_has_one_gate"),
        "yarrow": (17, "a_pair_has_one_gate"),
    }
