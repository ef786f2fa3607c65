# One target for each thing to do with the book. `make help` lists them.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# If set for another Python, these would make ours look for its library there, or work in another
# way. Not every make exports them to $(shell …).
export PYTHONHOME :=
export PYTHONPATH :=
export PYTHONDEVMODE :=
export PYTHONINSPECT :=
export PYTHONOPTIMIZE :=
export PYTHONWARNINGS :=

# The interpreters to try: first that of an existing environment, which may be out of date or from
# another folder, then the newest. `make book PYTHON=/path/to/python3` tries only that one.
PYTHONS := $(or $(subst $() ,\ ,$(PYTHON)),.venv/bin/python python3.14 python3.13 python3.12 python3.11 python3 python)
RUN := .venv/bin/python -m

# The environment is complete if it was made for this folder and its interpreter still runs, unless
# the command line names another.
STANDS := $(shell test "$$(cat .venv/installed 2>/dev/null)" = "$$(pwd -P)" && PYTHONHOME= .venv/bin/python -c 'print("yes")' 2>/dev/null)
ifneq ($(STANDS)$(filter command,$(origin PYTHON)),yes)
.PHONY: .venv/installed
endif

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.venv/installed: requirements.lock pyproject.toml press/environment.py
	@for python in $(PYTHONS); do \
	  "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && exec "$$python" press/environment.py; \
	done; \
	for python in $(PYTHONS); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && exec "$$python" press/environment.py; \
	done; \
	echo "The book needs Python 3.11 or newer; tried: $(PYTHONS)." >&2; \
	echo "Install one (see python.org/downloads), or say where it is: make book PYTHON=/path/to/python3" >&2; \
	exit 1

.PHONY: book
book: .venv/installed ## Build the book in all languages: build/html/index.html
	@$(RUN) press build

.PHONY: test
test: book ## Run every test: style, units, every notebook cell, the pages in a browser
	@$(RUN) press test

.PHONY: serve
serve: book ## Serve the built book on this machine (PORT=8000)
	@$(RUN) press serve $(if $(filter command,$(origin PORT)),--port '$(PORT)')

.PHONY: runtime
runtime: .venv/installed ## Fetch Python for the browser, so that live cells work offline
	@$(RUN) press runtime

.PHONY: lite
lite: .venv/installed ## Add JupyterLite to the book: its notebooks open in the browser
	@$(RUN) press lite

.PHONY: lab
lab: book ## Open your own copies of the notebooks in JupyterLab (LANGUAGE=ko)
	@$(RUN) press lab $(if $(filter command,$(origin LANGUAGE)),--lang '$(LANGUAGE)')

.PHONY: progress
progress: .venv/installed ## Show which exercises you have done, by chapter and language
	@$(RUN) press progress

.PHONY: edit
edit: .venv/installed ## Write chapters in JupyterLab; saves Markdown and notebook together
	@$(RUN) press edit

.PHONY: check
check: .venv/installed ## Check languages, terms and references without building pages
	@$(RUN) press check

.PHONY: zip
zip: book ## Pack the book into one file to read offline: build/d2lmini-book.zip
	@$(RUN) press zip

.PHONY: linkcheck
linkcheck: book ## Check that every web page the book links to exists
	@$(RUN) press linkcheck

.PHONY: lighthouse
lighthouse: book ## Measure a chapter in each language with Lighthouse (needs Node)
	@$(RUN) press lighthouse

.PHONY: bench
bench: .venv/installed ## Compare the speed of d2lmini with NumPy, and with PyTorch if installed
	@$(RUN) benchmarks

.PHONY: clean
clean: .venv/installed ## Remove generated files; keeps work/ and notebook edits not in the Markdown
	@$(RUN) press clean

.PHONY: lock
lock: ## Update the lock files from pyproject.toml (needs uv)
	uv pip compile --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --custom-compile-command "make lock" \
	  --extra book --extra test --upgrade pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --custom-compile-command "make lock" \
	  --group lite --constraint requirements.lock --upgrade -o requirements-lite.lock
	uv pip compile --python-platform wasm32-pyodide2024 --python-version 3.14 --generate-hashes \
	  --no-annotate --no-emit-index-url --custom-compile-command "make lock" \
	  --group kernel --upgrade -o requirements-kernel.lock
