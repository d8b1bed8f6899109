# Two commands start everything: `make demo` and `make test`. Both build the environment first.
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
STAMP := $(VENV)/.installed

.PHONY: demo test lint check fix lock bench bench-search bench-ingest bench-roster screenshots messages

demo: $(STAMP)  ## invented registers, read by the real spider, then served at http://127.0.0.1:8000
	$(BIN)/goodstanding demo $(ARGS)

test: $(STAMP)  ## the whole test suite
	$(BIN)/pytest -n auto -q $(ARGS)

lint: $(STAMP)  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test  ## everything a change must pass

fix: $(STAMP)  ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## measure reading and look-ups (benchmarks/README.md)
	$(BIN)/python -m benchmarks.main $(ARGS)

bench-search: $(STAMP) $(VENV)/.bench  ## name search and number look-up beside their peers
	$(BIN)/python -m benchmarks.search $(ARGS)

bench-ingest: $(STAMP) $(VENV)/.bench  ## first loads and second nights beside plain inserts
	$(BIN)/python -m benchmarks.ingest $(ARGS)

bench-roster: $(STAMP) $(VENV)/.bench  ## audits of rosters beside pandas and recordlinkage
	$(BIN)/python -m benchmarks.roster $(ARGS)

# Only the benchmarks need these: the peers, and the lists that invented names are drawn from.
$(VENV)/.bench: benchmarks/requirements.lock $(STAMP)
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r $< ; \
	else $(BIN)/pip install --quiet --require-hashes -r $< ; fi
	@touch $@

# Everything is pinned with hashes in requirements.lock; uv and pip read the same file.
$(STAMP): requirements.lock pyproject.toml
	@python=$$(for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  && echo $$p && break; done); \
	if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python "$${python:-3.11}" $(VENV) \
	  && uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  && uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	elif [ -n "$$python" ]; then \
	  $$python -m venv $(VENV) \
	  && $(BIN)/pip install --quiet --require-hashes -r requirements.lock \
	  && $(BIN)/pip install --quiet --no-deps --no-build-isolation -e . ; \
	else echo "Good Standing needs Python 3.11 or newer, or uv; neither was found." >&2; exit 1; fi
	@touch $@

screenshots: $(STAMP)  ## pictures of the demonstration for the docs (needs chromium)
	$(BIN)/python docs/screenshots.py

messages: $(STAMP)  ## bring the catalogues of all languages up to date, and say what is missing
	$(BIN)/python -m service.messages $(ARGS)

lock:  ## pin again after editing pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
	  --no-annotate --no-header --quiet --output-file requirements.lock
	uv pip compile --group pyproject.toml:bench --constraint requirements.lock --universal \
	  --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet \
	  --output-file benchmarks/requirements.lock
