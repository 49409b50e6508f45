# Two commands matter: `make report` and `make test`. The first call builds .venv from the locks; needs python3 >= 3.11 with venv.
PY  ?= python3
BIN := .venv/bin
UV  := VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv

.PHONY: report test test-slow lint bench bench-quick notebooks gallery simulate lock clean

.venv/.synced: pyproject.toml requirements.lock bootstrap.lock
	$(PY) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r bootstrap.lock
	$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	$(UV) pip install --quiet --no-deps --offline --compile-bytecode --editable .
	touch $@

report: .venv/.synced  ## reports of every wave, in both languages, under reports/
	$(BIN)/survey run .

test: .venv/.synced  ## everything but the long simulations
	$(BIN)/python -m pytest -q -n 2 -m "not slow" $(PYTEST_ARGS)

test-slow: .venv/.synced  ## the long simulations: coverage with SURVEY_SEEDS draws (default 1000)
	$(BIN)/python -m pytest -q -m slow

notebooks: .venv/.synced  ## executes every notebook from top to bottom
	$(BIN)/python notebooks/run.py

gallery: report  ## pictures of the reports for docs/gallery; needs Chromium
	$(BIN)/python docs/gallery/make.py

lint: .venv/.synced
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

BENCH_PEERS := "svy==0.35.*" "pingouin==0.7.*" "scikit-posthocs==0.17.*" pyarrow polars

bench/out/.venv/.made:
	mkdir -p bench/out
	$(PY) -m venv --clear bench/out/.venv && bench/out/.venv/bin/python -m pip install --quiet $(BENCH_PEERS) && touch $@ \
	  || { rm -rf bench/out/.venv; echo "bench: svy and pingouin cannot be installed and are left out"; }

bench: .venv/.synced bench/out/.venv/.made  ## speed and memory beside R survey, svy, pingouin: bench/RESULTS.md, half an hour
	$(BIN)/python bench/run.py

bench-quick: .venv/.synced  ## the package and R on a few jobs, under three minutes
	$(BIN)/python bench/run.py quick

lock:   # after a change of bounds; run with a uv of the version in bootstrap.lock
	$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet -o requirements.lock

clean:
	rm -rf .venv
