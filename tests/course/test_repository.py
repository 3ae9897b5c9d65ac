"""What a visitor finds in the repository is whole, and says what is true.

The platforms' own schemas judge their files; they come with check-jsonschema, so no
network is asked.
"""

import argparse
import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from buckets import course
from buckets.__main__ import INSTRUCTORS, LEARNERS
from buckets.book import outline

ROOT = Path(__file__).resolve().parents[2]
COURSE = tomllib.loads((ROOT / "course.toml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = [
    *ROOT.glob(".github/workflows/*.yml"),
    ROOT / "docs/for_learners/check.yml",
]
FORMS = [
    path for path in ROOT.glob(".github/ISSUE_TEMPLATE/*.yml") if path.stem != "config"
]
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-issue-forms": FORMS,
    "github-issue-config": [ROOT / ".github/ISSUE_TEMPLATE/config.yml"],
    "citation-file-format": [ROOT / "CITATION.cff"],
}


def judged(schema, *files):
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", f"vendor.{schema}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_file_is_what_its_platform_asks_for(schema):
    found = judged(schema, *SCHEMAS[schema])
    assert found.returncode == 0, found.stdout


def test_the_judge_can_say_no(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("name: no jobs\non: push\n", encoding="utf-8")
    assert judged("github-workflows", wrong).returncode == 1


def test_a_workflow_runs_commands_that_are_there():
    """`make ...` and `bash ...` of each step name a target and a file of ours."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    for path in WORKFLOWS:
        text = path.read_text("utf-8")
        assert set(re.findall(r"\brun: make ([a-z-]+)", text)) <= targets, path.name
        for script in re.findall(r"\brun: bash (\S+)", text):
            assert (ROOT / script).exists(), f"{path.name}: {script}"


def test_what_is_promised_of_pythons_is_what_ci_tries():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))[
        "jobs"
    ]
    tried = jobs["linux"]["strategy"]["matrix"]["python"]
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert tried[0] == lowest and "3.13" in tried


def test_containers_build_stages_that_exist():
    container = (ROOT / "Containerfile").read_text("utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\w+)", container, flags=re.MULTILINE))
    assert stages == {"base", "learner", "instructor"}
    written = (ROOT / ".devcontainer/devcontainer.json").read_text("utf-8")
    built = json.loads(written)["build"]
    assert built["target"] in stages
    assert (ROOT / ".devcontainer" / built["dockerfile"]).resolve().exists()


def test_every_line_of_the_containerfile_is_explained():
    told = (ROOT / "docs/container.md").read_text("utf-8")
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    words = {line.split()[0] for line in lines if re.match(r"[A-Z]+ ", line)}
    # They change who and where, and nothing that needs a reason of its own.
    for word in words - {"USER", "WORKDIR", "ENV"}:
        shown = {"RUN": "RUN make setup"}.get(word, word)
        assert shown in told, word


def test_what_a_service_is_told_to_run_is_there():
    written = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    [target] = re.findall(r"^make ([a-z-]+)$", written["postCreateCommand"])
    assert f"\n{target}:" in makefile
    users = re.findall(r"useradd .* (\w+)$", (ROOT / "Containerfile").read_text(), re.M)
    assert [written["remoteUser"]] == users
    script = (ROOT / ".binder/postBuild").read_text("utf-8")
    [pins] = re.findall(r"--constraint (\S+)", script)
    assert (ROOT / pins).exists() and "--editable ." in script


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_what_a_command_writes(form):
    for words in re.findall(r"`buckets ([^`]+)`", form.read_text("utf-8")):
        command, *rest = words.split()
        module, _ = {**LEARNERS, **INSTRUCTORS}[command]
        parser = argparse.ArgumentParser()
        importlib.import_module(module).add_arguments(parser)
        for option in (word for word in rest if word.startswith("--")):
            assert option in parser.format_help(), words


@pytest.mark.parametrize(
    "page",
    sorted(ROOT.glob("docs/**/*.md")) + sorted(ROOT.glob("*.md")),
    ids=lambda path: path.name,
)
def test_a_page_links_to_files_that_are_there(page):
    for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_ways_into_the_course_name_what_is_there():
    text = (ROOT / "docs/anywhere.md").read_text("utf-8")
    targets = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert f"\n{target}:" in targets
    named = set(re.findall(r"^\| `(\w+\.yml)`", text, flags=re.MULTILINE))
    assert named == {path.name for path in ROOT.glob(".github/workflows/*.yml")}
    for place in (".devcontainer/", ".binder/", "docs/for_learners/check.yml"):
        assert place in text and (ROOT / place).exists()


def test_binder_has_what_repo2docker_reads():
    folder = ROOT / ".binder"
    assert yaml.safe_load((folder / "environment.yml").read_text("utf-8"))
    assert (folder / "apt.txt").read_text("utf-8").split()
    script = folder / "postBuild"
    assert script.stat().st_mode & 0o111, "postBuild must be executable"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_course_lists_each_topic_once_and_in_order():
    listed = [topic for part in COURSE["part"] for topic in part["topics"]]
    there = [topic.name for topic in course.topics()]
    assert listed == sorted(set(listed))
    assert set(there) <= set(listed)


def test_the_readmes_map_is_made_from_the_course():
    text = (ROOT / "README.md").read_text("utf-8")
    assert outline.with_map(text) == text, "python tools/outline.py"
    # Else the comparison could not fail.
    assert outline.with_map(text.replace("| 60 |", "| 61 |")) == text


@pytest.mark.parametrize("topic", course.topics(), ids=lambda topic: topic.name)
def test_a_lesson_says_at_its_top_what_its_metadata_says(topic):
    notebook = json.loads(topic.lesson.read_text("utf-8"))
    top = "".join(notebook["cells"][0]["source"])
    told = notebook["metadata"]["buckets"]
    linked = re.findall(r"\]\((\w+)\.ipynb\)", top.partition("needs")[2])
    assert linked == told["needs"]
    assert re.findall(r"About (\d+) minutes", top) == [str(told["minutes"])]


def test_authors_and_licences_are_told_alike_everywhere():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    [author] = COURSE["authors"]
    assert [name["name"] for name in PROJECT["authors"]] == [author]
    assert [name["name"] for name in cited["authors"]] == [author]
    assert set(cited["license"]) == set(COURSE["licence"].values())
    assert cited["version"] == PROJECT["version"]
    assert PROJECT["license"] == COURSE["licence"]["code"]
    assert author in (ROOT / "LICENSE-TEXT").read_text("utf-8")


def test_who_needs_the_address_of_the_repository_takes_it_from_one_place():
    """It is empty for now. No file may make one up."""
    assert COURSE["repository"] == "" or COURSE["repository"].startswith("https://")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        made_up = re.search(r"github\.com/[\w-]+/aisle", path.read_text("utf-8"))
        assert not made_up or COURSE["repository"], path.name
