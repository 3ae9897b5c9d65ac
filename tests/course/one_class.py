"""Release and grade every topic of the class in this folder, by nbgrader's own API.

    python one_class.py TOPIC...

For each topic a line of JSON: whether the steps went well, and the score of the one
student. A process of its own, because nbgrader's commands each take seconds to start.
"""

import json
import sys
from contextlib import suppress

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader, NbGraderAPI

STUDENT = "solution"


def main(topics):
    app = NbGrader()
    app.initialize([])
    api = NbGraderAPI(app.coursedir, config=app.config)
    for topic in topics:
        done = [api.generate_assignment(topic), api.autograde(topic, STUDENT)]
        faults = [step.get("log", "") for step in done if not step["success"]]
        print(json.dumps({"topic": topic, "faults": faults, **score(app, topic)}))


def score(app, topic):
    with Gradebook(app.coursedir.db_url) as gradebook, suppress(MissingEntry):
        found = gradebook.find_submission(topic, STUDENT)
        return {"score": found.score, "most": found.max_score}
    return {"score": None, "most": None}


main(sys.argv[1:])
