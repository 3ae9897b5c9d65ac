# The course's commands. `make` alone lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:

BIN := .venv/bin

# nbgrader calls alembic by its bare name; without this its first run leaves a
# half-made gradebook behind.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Words for jupyter lab:  make lab LAB="--no-browser --port=8899"
LAB ?=
# Words for a subcommand of buckets, by target:  make kit KIT="some/folder"
DEMO ?=
BOOK ?=
# Where the book lies, and more:  make site-check SITE="book --pictures shots"
SITE ?=
KIT ?=
# Pythons to try the wheel with:  make wheel WHEEL="python3.11 python3.13"
WHEEL ?=
# Which tests, and words for pytest:  make test TESTS=tests/package PYTEST_ARGS=-x
TESTS ?= tests
PYTEST_ARGS ?=
# A test that hangs fails after this many seconds and the others go on. The signal
# method is what lets them: the thread method ends the whole run.
TEST_DEADLINE ?= 120
# Two workers for each CPU (tests/sharing.py); PYTEST_ARGS=-n0 for none.
PYTEST = $(BIN)/python -m pytest --timeout=$(TEST_DEADLINE) --timeout-method=signal \
	--numprocesses=auto
# All exercises on the course's solutions, the shape of notebooks and of the package, and
# what the tests stand on: clients, servers, verdicts, reports.
QUICK = tests/exercises tests/course/test_law_notebooks.py \
	$(wildcard tests/course/test_law_structure.py) \
	$(foreach name,clients collect levels observe parcel report server syntax \
	trace verdict,tests/package/test_$(name).py)
# A Python to build .venv with, where the first one found is not the right one.
PYTHON ?=

.PHONY: help lab test quick lessons demo book site-check kit wheel exercises lint
.PHONY: bench clean setup

help: ## this list
	@echo "The Aisle of Buckets"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' \
		Makefile
	@echo
	@echo '  make lab LAB="--no-browser --port=8899"   words for jupyter lab'
	@echo '  make test TESTS=tests/package PYTEST_ARGS=-x'
	@echo '  make lab PYTHON=/path/to/python3.13       build .venv with that Python'

lab: setup ## open the course in JupyterLab (sets it up the first time)
	@exec $(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" \
		--LabApp.default_url=/lab/tree/lessons/00_start_here.ipynb \
		$$([ "$$(id -u)" != 0 ] || echo --allow-root) $(LAB)

test: setup ## run every test
	@$(BIN)/python tools/setup.py --system
	@exec $(PYTEST) --durations=10 $(PYTEST_ARGS) $(TESTS)

quick: setup lint ## what to run before each commit: a minute, and no browser
	@exec $(PYTEST) -q $(PYTEST_ARGS) $(QUICK)

lessons: setup ## read every lesson twice over in one kernel: some minutes
	@BUCKETS_READ_TWICE=1 exec $(PYTEST) $(PYTEST_ARGS) tests/course/test_law_lessons.py

demo: setup ## an instructor's first minute: grade a small class
	@exec $(BIN)/buckets demo $(DEMO)

book: setup ## the course as pages to read in a browser: some minutes
	@exec $(BIN)/buckets book $(BOOK)

site-check: setup ## the book in a browser: links, widths, accessibility
	@exec $(BIN)/python tools/check_site.py $(SITE)

kit: setup ## what a learner gets: a folder and a zip without solutions
	@exec $(BIN)/buckets kit $(KIT)

wheel: setup ## build the wheel, and try it in an empty environment: some minutes
	@exec $(BIN)/python tools/try_wheel.py $(WHEEL)

exercises: setup ## write exercises/ anew from solutions/
	@exec $(BIN)/python tools/exercises.py

lint: setup ## formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: setup ## the benchmarks, one after another
	@for file in bench/*.py; do \
		echo "== $$file"; $(BIN)/python "$$file" || exit 1; \
	done

clean: ## remove caches and build leftovers; keeps .venv and grading/
	@rm -rf build dist kit book *.egg-info setup.log .venv.discarded
	@rm -rf .pytest_cache .mypy_cache .ruff_cache
	@find . -path ./.venv -prune -o -path ./grading -prune -o \
		-type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -print \
		| while read -r folder; do rm -rf "$$folder"; done

# Nothing to do takes a tenth of a second, so every target may ask.
setup:
	@PYTHON="$(PYTHON)" tools/setup.sh
