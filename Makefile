# Every target does its own set-up in .venv and needs nothing but Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# One thread a process: the test run has a process per core.
SINGLE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# The fonts that matplotlib finds are those of this environment: a list in the home directory, which all environments
# share, lacks them when another environment that wrote it was being removed.
export MPLCONFIGDIR := $(abspath $(VENV))/matplotlib

.DEFAULT_GOAL := help
.PHONY: help study test test-all check attack bench bench-limits bench-sweeps bench-estimators bench-large bench-inverse \
  bench-explorer docs format clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

$(VENV)/made:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'ridgeless needs Python 3.11 or newer')"
	@echo "making an environment of its own in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/lab: $(VENV)/made pyproject.toml constraints.txt
	@echo "installing ridgeless with what studies and reports need (a minute or two, once)"
	@$(PIP) --editable ".[lab]"
	@touch $@

$(VENV)/dev: $(VENV)/lab
	@echo "installing what the tests need"
	@$(PIP) --editable ".[lab,estimators,dev]"
	@touch $@

# TypeScript and axe-core look at the explorer's page. Where there is no npm, the tests that ask for them are skipped.
PAGE := tests/explorer/javascript
$(VENV)/page: $(VENV)/made $(PAGE)/package.json
	@echo "installing what the tests of the explorer's page need"
	@! command -v npm >/dev/null || npm install --prefix $(PAGE) --no-package-lock --no-audit --no-fund --silent
	@touch $@

$(VENV)/bench: $(VENV)/lab
	@echo "installing the programs that the benchmarks compare with"
	@$(PIP) --editable ".[lab,estimators,bench]"
	@touch $@

$(VENV)/docs: $(VENV)/lab
	@echo "installing what the documentation needs"
	@$(PIP) --editable ".[lab,estimators,docs]"
	@touch $@

study: $(VENV)/lab  ## the single-pixel camera, from lazy to rich: runs/single-pixel-camera/report.html
	@echo "computing the built-in study into runs/ (one to three minutes)"
	@$(BIN)/ridgeless study

check: $(VENV)/dev  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

test: check $(VENV)/page  ## check, and every test but the slow oracles
	$(SINGLE) $(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "not slow"

test-all: check $(VENV)/page  ## check, and every test
	$(SINGLE) $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

bench: $(VENV)/bench  ## the limit beside gradient descent, HiGHS and LassoLars
	$(BIN)/python -m benchmarks

bench-limits: $(VENV)/bench  ## limits beside HiGHS, Clarabel, SPGL1, celer and LassoLars: benchmarks/LIMITS.md
	$(SINGLE) $(BIN)/python -m benchmarks.limits

SEED ?= 0
COUNT ?= 20000
KILLS ?= 100
attack: $(VENV)/dev  ## COUNT=20000 instances of SEED=0 judged against enclosures, a study killed KILLS=100 times: an hour
	$(SINGLE) $(BIN)/python -m benchmarks.attack --seed $(SEED) --count $(COUNT)
	$(SINGLE) $(BIN)/python -m benchmarks.chaos --seed $(SEED) --kills $(KILLS)

bench-sweeps: $(VENV)/bench  ## a sweep as one study beside one process a cell and a loop in NumPy: benchmarks/SWEEPS.md
	$(SINGLE) $(BIN)/python -m benchmarks.sweeps

JOBS ?= 1
bench-estimators: $(VENV)/bench  ## estimators beside LassoCV, PLS and the like, JOBS=1: benchmarks/ESTIMATORS.md, hours, resumable
	$(SINGLE) $(BIN)/python -m benchmarks.estimators.speed
	$(SINGLE) $(BIN)/python -m benchmarks.estimators --jobs $(JOBS)

bench-large: $(VENV)/bench  ## limits of a 40 GB matrix in blocks and of 10^6 unknowns: most of an hour
	$(SINGLE) $(BIN)/python -m benchmarks.beyond_memory

bench-inverse: $(VENV)/bench  ## pictures from few measurements, beside LSQR, FISTA and total variation: benchmarks/INVERSE.md
	$(SINGLE) $(BIN)/python -m benchmarks.inverse_problems

bench-explorer: $(VENV)/dev  ## how fast the explorer's page is in headless Chromium: benchmarks/EXPLORER.md
	$(SINGLE) $(BIN)/python -m benchmarks.explorer

docs: $(VENV)/docs  ## docs/_build/html/index.html
	$(SINGLE) $(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --jobs auto docs docs/_build/html

format: $(VENV)/dev  ## bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove what was built
	rm -rf $(VENV) build dist docs/_build docs/api .pytest_cache .ruff_cache
