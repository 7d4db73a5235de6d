# make demo   installs what it needs and runs the main job
# make notebooks   opens Jupyter Lab on the notebooks; make notebooks-html runs them and writes pages
# make docs   builds the documents as a site, in both languages, into build/docs/site
# make test   installs what it needs and passes the tests; those that take long are in `make test-long`
# Only Python 3.11 or newer and make must be there already.

PYTHON ?= python3
DEMO_DIR ?= demo-workspace
BIN := .venv/bin
UV := $(BIN)/python -m uv

.PHONY: demo test test-long notebooks notebooks-html docs install lint bench bench-quality screenshots pictures soak faults advisories lock clean

demo: .venv/installed
	$(BIN)/awase demo --workspace $(DEMO_DIR)

# Four on two cores: half of what one does is waiting for a browser, a server, a database or a core.
WORKERS ?= 4
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --max-worker-restart 0

# Each process gets its part of the tests in their order, so that what those of a folder share is made once, and whichever is done
# first takes over half of what another has left.
test: .venv/installed-dev
	$(PYTEST) --dist worksteal

# Kills, clusters that die, faults of every write, thousands of generated requests, whole years and real data in full.
# What those of one module share takes minutes here: they stay in one process.
test-long: .venv/installed-dev
	$(PYTEST) --dist loadscope -m long

# The notebooks are kept as Python files, which can be read and compared; Jupyter gets copies, and writes what is changed
# there back into the Python file.
NOTEBOOKS := $(patsubst %.py,%.ipynb,$(wildcard notebooks/*.py))
JUPYTER := AWASE_WORKSPACE=$(abspath $(DEMO_DIR)) $(BIN)/jupyter

notebooks: .venv/installed-notebooks $(NOTEBOOKS)
	$(JUPYTER) lab notebooks

notebooks/%.ipynb: notebooks/%.py .venv/installed-notebooks
	$(BIN)/jupytext --quiet --update --to ipynb $<
	@touch $@

# Executed on the demo, as pages to look at or pass on.
notebooks-html: .venv/installed-notebooks $(NOTEBOOKS) | $(DEMO_DIR)/lead_definition.yaml
	$(JUPYTER) nbconvert --execute --to html --output-dir build/notebooks $(NOTEBOOKS)

$(DEMO_DIR)/lead_definition.yaml:
	$(MAKE) demo

# A link that leads nowhere ends it. What is built loads nothing from elsewhere and is searched without a server, too.
docs: .venv/installed-docs
	$(BIN)/python docs/site.py build/docs

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.house.lint_shape

# Speed and memory as ratios to named opponents, kept in docs/performance.md beside the figures of the time before.
bench: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks $(TOPICS)

# Probabilities beside those of other learners, later in time: real data where AWASE_REAL_DATA has them, and simulated companies.
CASES ?= real 5x3000
bench-quality: .venv/installed-dev requirements-quality.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-quality.lock
	$(BIN)/python -m tests.quality $(CASES)

# Every page of the demo in both languages, two widths, light and dark; needs Debian's chromium.
screenshots: .venv/installed-dev
	$(BIN)/python -m tests.screenshots $(DEMO_DIR) build/screenshots

# The pictures that the README shows.
pictures: .venv/installed-dev
	$(BIN)/python -m tests.screenshots $(DEMO_DIR) docs/pictures README.md

# Five minutes of people and programs on a copy of the demo: memory, open files and times stay flat, or it ends with 1.
soak: .venv/installed-dev
	$(BIN)/python -m tests.soak $(DEMO_DIR)

# Every single write, flush and statement of the commands fails in each way, retrain's, too. `make test-long` fails each once
# in one of the ways, and a part of retrain's.
faults: .venv/installed-dev
	AWASE_FAULTS=all $(BIN)/python -m pytest -s -m "" tests/serving/web/test_io_faults.py tests/serving/web/test_statement_faults.py

# Known advisories against the lock file. ADVISORIES names a file of them (OSV, JSON) where there is no network.
advisories: .venv/installed-dev
	$(BIN)/python -m tests.house.advisories requirements.lock $(ADVISORIES)

# Half a minute of compiling that the first commands need not do; the demo compiles what it calls by itself.
install: .venv/warm

.venv/warm: .venv/installed
	$(BIN)/python -m serving.cli.warm_up
	@touch $@

# uv installs the same locked wheels as pip in a tenth of the time; it comes from the registry like everything else.
.venv/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Awase needs Python 3.11 or newer; got %s. Call make PYTHON=python3.12, for instance." % sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/installed: .venv/bin/uv requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null || [ "$$(uname)" != Linux ] || \
	  echo "LightGBM needs the system library libgomp; install it with: apt-get install libgomp1 (Debian, Ubuntu) or dnf install libgomp (Fedora)."
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

.venv/installed-notebooks: .venv/installed requirements-notebooks.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-notebooks.lock
	@touch $@

.venv/installed-docs: .venv/installed requirements-docs.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-docs.lock
	@touch $@

# Lock files hold hashes, not addresses; one file resolves for 3.11 and newer.
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml
lock: .venv/bin/uv
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group build --group test --group lint --group bench --extra cluster --extra pdf -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group quality -c requirements-dev.lock -o requirements-quality.lock
	$(LOCK) --group build --extra notebooks -c requirements-dev.lock -o requirements-notebooks.lock
	$(LOCK) --group build --group docs -c requirements-dev.lock -o requirements-docs.lock

clean:
	rm -rf .venv $(DEMO_DIR) build
