# The control room's commands. `make help` explains them; `make run` and `make test` do all set-up themselves.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= config/cameras.yaml
UI := console_web/ui
UI_SOURCES := $(shell find $(UI) -type f -not -path '*/node_modules/*' -not -path '$(UI)/dev/*' 2>/dev/null)
LOOPS := analytics/compiled.py analytics/cells.py $(wildcard analytics/*_loops.py)

.DEFAULT_GOAL := help
.PHONY: help setup system-packages console run test check bench bench-motion bench-recording bench-alerts torture torture-desk soak screenshots lock clean

help: ## Say what each command does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .make/venv .make/loops console ## Create the virtual environment from the lock file and build the console

.make/venv: requirements.lock pyproject.toml scripts/venv
	@mkdir -p .make
	@scripts/venv "$(PYTHON)" "$(VENV)"
	@touch $@

# Kept beside the bytecode, so that no start waits for it.
.make/loops: .make/venv $(LOOPS)
	@echo "Compiling the motion detector's loops …"
	@$(BIN)/python -c "import analytics.motion"
	@touch $@

console: console_web/static/.built ## Build the console's pages (TypeScript) into console_web/static

console_web/static/.built: .make/venv $(UI_SOURCES) scripts/console
	@scripts/console "$(BIN)" build
	@touch $@

run: setup ## Start the whole control room with a simulated fleet of 42 cameras; Ctrl-C ends it
	@exec $(BIN)/nvr demo --config $(CONFIG)

system-packages: ## Install what the tests need from Debian (Chromium, GStreamer, ffmpeg, motion) when root; else say what is missing
	@scripts/system-packages

.make/console-checked: .make/venv console_web/static/.built $(UI_SOURCES) scripts/console
	@scripts/console "$(BIN)" check
	@touch $@

test: system-packages setup .make/console-checked ## Run every test, the browser's too
	@# Side by side, a file at a time on each core. The journeys apart: each starts a whole control room, and they wait more than they work.
	@$(BIN)/python -m pytest -m "not journey" -n logical --dist loadfile
	@$(BIN)/python -m pytest -m journey -n 2 --dist loadfile

check: .make/venv ## Style, types, module boundaries, and whether the console's types are the server's
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/check_modules.py
	@scripts/console "$(BIN)" types

bench: system-packages setup ## Measure 10, 42, 84 and 128 cameras, 10 of them beside Debian's `motion`; prints README's table
	@$(BIN)/python -m benchmarks.control_room

bench-motion: .make/venv ## Measure the motion detector beside OpenCV's MOG2, then cameras without a sub-stream (some ten minutes)
	@$(BIN)/python -m benchmarks.motion_cost
	@$(BIN)/python -m benchmarks.main_only
	@$(BIN)/python -m benchmarks.motion_index_cost

bench-recording: system-packages setup ## Measure writing beside ffmpeg and cp, and the catalogue at its full size
	@$(BIN)/python -m benchmarks.recording_cost --real-time
	@$(BIN)/python -m benchmarks.catalogue_cost --rebuild

bench-alerts: .make/venv ## Measure observation to every one of 30 operators' sockets, and the API in a flood
	@$(BIN)/python -m benchmarks.alerts_cost
	@$(BIN)/python -m benchmarks.intake_cost
	@$(BIN)/python -m benchmarks.labelled_scenes

torture-desk: .make/venv ## Race twelve terminals for 1,000 alerts and kill the desk 200 times with -9
	@$(BIN)/python -m benchmarks.desk_torture

torture: .make/venv ## Kill the recorder 1,000 times with -9 and hold it to its promises (about half an hour)
	@$(BIN)/python -m benchmarks.torture --rounds 1000

soak: setup ## Bad lines between cameras and recorder, 1,000 reconnections (some 6 minutes); SOAK="--minutes 20" in real time
	@$(BIN)/python -m benchmarks.soak $(SOAK)

screenshots: system-packages setup ## Take the pictures of docs/images from a running control room
	@$(BIN)/python -m scripts.screenshots

lock: ## Resolve pyproject.toml anew into requirements.lock (needs `uv`)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements.lock

clean: ## Remove what set-up made; recordings in data/ stay
	rm -rf $(VENV) .make console_web/static $(UI)/node_modules
