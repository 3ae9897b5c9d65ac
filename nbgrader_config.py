"""nbgrader's settings for this course.

Read by nbgrader's commands and by JupyterLab when they start in this folder.
"""

from contextlib import suppress
from pathlib import Path

from buckets.classroom import settings

c = get_config()  # noqa: F821  nbgrader and Jupyter put this name here

_course = Path(__file__).resolve().parent
_grading = _course / "grading"

c.CourseDirectory.course_id = "aisle_of_buckets"
c.CourseDirectory.root = str(_course)

# In git: the source of every exercise, and what is generated from it.
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# exercises/ is there in every clone. Without force, generate_assignment would find
# it, skip the exercise, and leave it unknown to the gradebook; with it, the same
# bytes are written again.
c.GenerateAssignment.force = True

# Not in git: everything that learners hand in and what becomes of it.
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.db_url = f"sqlite:///{_grading / 'gradebook.db'}"
c.ExportPlugin.to = str(_grading / "grades.csv")

# The assignment list wants an exchange that exists and is writable. nbgrader's
# own choice lies under /usr/local, which a learner at home cannot write to.
# A site with a shared exchange sets Exchange.root to it.
c.Exchange.root = str(_grading / "exchange")
c.Exchange.cache = str(_grading / "cache")

# Neither SQLite nor the exchange makes the folder it lives in. In a read-only
# copy of the course there is nothing to grade, and reading settings must work.
with suppress(OSError):
    (_grading / "exchange").mkdir(parents=True, exist_ok=True)

# ---- Preprocessors: how a notebook is released, autograded and reported ----
# Exercises are marked from outside: no learner's code runs in a kernel or in the
# process that scores. docs/decisions/003-nbgrader.md says how.
settings.use_real_sockets(c)
settings.start_kindly(c)
settings.find_own_commands()

# Learners' code runs in a sandbox (bubblewrap, on Linux). Only where you would run it
# with your own rights anyway:
# c.SubmissionExporter.sandbox = False
