# `make` alone lists what it can do. Every target makes .venv first if it is missing or out of date.
#   PYTHON=python3.12            the Python (3.11 or later) that .venv is made with
#   TORCH_INDEX=ADDRESS          where PyTorch's CPU build is, see README.md
#   ARGS="..."                   more arguments for demo, test and bench;  LAB=lab04_lstm  for lab

PYTHON ?= python3
TORCH_INDEX ?=
ARGS ?=
LAB ?=

BIN := .venv/bin
READY := .venv/.ready
BOOK_READY := .venv/.ready-book
PIP_INSTALL = $(BIN)/pip install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo lab test check build bench book constraints

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(READY) ## grade a sample class with real mistakes and write its report
	$(BIN)/unrolled demo $(ARGS)

lab: $(READY) ## open the labs in JupyterLab; LAB=lab04_lstm opens that one
	$(BIN)/unrolled lab $(LAB)

test: $(READY) ## the fast tests; ARGS='-m "not gpu"' runs the slow ones too
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

check: $(READY) ## format, lint, types, and whether the generated files are up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/unrolled build --check

build: $(READY) ## regenerate the notebooks and probes from their sources
	$(BIN)/unrolled build

bench: $(READY) ## grading speed, side by side with nbgrader autograde
	$(BIN)/python -m benchmarks.overhead $(ARGS)

book: $(BOOK_READY) ## the lectures and docs as web pages, in build/book
	OMP_NUM_THREADS=1 $(BIN)/sphinx-build -q -b html -c docs . build/book
	@echo "The book: build/book/index.html"

constraints: $(BOOK_READY) ## rewrite constraints.txt from what .venv holds now
	@{ sed -n '/^#/p' constraints.txt; \
	   $(BIN)/pip freeze --all --exclude-editable --exclude pip | sed 's/+.*//'; } > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt
	@touch $(READY) && touch $(BOOK_READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Unrolled needs Python 3.11 or later; name one with: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv .venv \
	  || { echo "no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@echo "Installing into .venv (once: some minutes, about 4 GB)"
	$(PIP_INSTALL) -e ".[torch,tensorflow,grade,dev]"
	@touch $@

$(BOOK_READY): $(READY)
	$(PIP_INSTALL) -e ".[book]"
	@touch $@
