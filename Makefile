# The targets for demo, tests, checks, benchmarks and packages. Each installs what it needs into this folder, is quick when run again,
# and works offline after the first run. Needs Rust, Python 3.10 or newer and Node 20 or newer.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := $(CURDIR)/.venv
CONFORMANCE_VENV := $(CURDIR)/.venv-conformance
BENCH_VENV := $(CURDIR)/.venv-bench
# The folder of programs in a virtual environment.
BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
EXE := $(if $(filter Windows_NT,$(OS)),.exe)
STAMPS := .setup
# The Python module uses the stable ABI and finds its symbols in the process that loads it. So no interpreter is needed to build it,
# and another interpreter causes no rebuild.
CARGO := PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 cargo
LOCKED := --locked

export TENANT_SELECT_EMULATOR := $(CURDIR)/target/debug/tenant-select-emulator$(EXE)

.PHONY: help
help:
	@echo "make demo         switch a tenant from Rust, Python and Node against the emulator"
	@echo "make demo-app     a web application for two tenants, against the emulator, on http://localhost:8000 (PORT=…)"
	@echo "make test         every suite (test-rust, test-python, test-node, test-conformance, test-emulator-packages, test-instructions, test-fuzz, test-browser, test-redis, test-leaks, test-soak run one)"
	@echo "make lint         formatters, linters, type checkers, and the checks of the repository"
	@echo "make generate     updates the generated files: the sync client, the types of the addon, the options"
	@echo "make api          updates the committed text of the public surface"
	@echo "make notices      updates the third-party notices and the bills of materials of the packages"
	@echo "make audit        known vulnerabilities and signatures of dependencies, from the registries"
	@echo "make instructions updates the limits of the instruction counts"
	@echo "make screenshot   updates the picture of the demo application"
	@echo "make hooks        installs the git hooks (.pre-commit-config.yaml)"
	@echo "make bench        throughput, CPU, latency and memory of our clients and of others, as ratios to a floor, in one run"
	@echo "make test-matrix  the suites on other Pythons and Nodes, Bun and Deno (test-matrix-python, test-matrix-node)"
	@echo "make test-memcheck  the tests of the core in valgrind's memcheck"
	@echo "make soak         a million calls in each language, ten minutes of rotation, and the suites of processes, threads and cancellation at full counts (soak-calls, soak-rotation, soak-python, soak-node, soak-redis)"
	@echo "make test-rotation  25, 100 and 1,000 callers with one refresh token that rotates"
	@echo "make fuzz         twenty minutes for each fuzz target (SECONDS=60 TARGETS=\"token response\")"
	@echo "make package      wheels, source distributions and npm packages, each tested in an empty environment"
	@echo "make clean        removes everything that was built or installed"

# --- set-up -----------------------------------------------------------------------------------------------------------------

.PHONY: toolchain
toolchain:
	@command -v cargo >/dev/null || { echo "Rust is missing: cargo was not found" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	  || { echo "Python 3.10 or newer is missing: set PYTHON=…" >&2; exit 1; }
	@node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null \
	  || { echo "Node 20 or newer is missing" >&2; exit 1; }

$(STAMPS):
	@mkdir -p $@

$(STAMPS)/python: python/requirements-dev.txt | toolchain $(STAMPS)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/$(BIN)/pip install --quiet -r $<
	@touch $@

# The tools of the checks are installed into the environment of the suite; only `make lint` needs them.
$(STAMPS)/checks: tests/checks/requirements.txt $(STAMPS)/python
	$(VENV)/$(BIN)/pip install --quiet -r $<
	@touch $@

$(STAMPS)/checks-node: tests/checks/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix tests/checks --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Compiled without optimisation, which takes a third of the time; cargo-deny runs for only two seconds.
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := $(STAMPS)/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny$(EXE)
$(CARGO_DENY): | toolchain $(STAMPS)
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_DEBUG=0 \
	  cargo install --quiet $(LOCKED) cargo-deny@$(CARGO_DENY_VERSION) --root $(STAMPS)/cargo-deny-$(CARGO_DENY_VERSION)

# The driver of the browser. It downloads no browser: the tests use the Chromium of the system.
$(STAMPS)/browser: tests/browser/requirements.txt $(STAMPS)/python
	$(VENV)/$(BIN)/pip install --quiet -r $<
	@touch $@

# A Valkey for the tests of shared state, beside the Redis of the system.
$(STAMPS)/valkey: tests/redis/requirements.txt $(STAMPS)/python
	$(VENV)/$(BIN)/pip install --quiet -r $<
	@touch $@

$(STAMPS)/conformance-python: tests/conformance/python/requirements.txt | toolchain $(STAMPS)
	$(PYTHON) -m venv $(CONFORMANCE_VENV)
	$(CONFORMANCE_VENV)/$(BIN)/pip install --quiet -r $<
	@touch $@

$(STAMPS)/node: node/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/node-suite: tests/node/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix tests/node --no-audit --no-fund --loglevel=error
	@touch $@

# Next.js is larger than all the rest, and only needed to build and serve one application.
$(STAMPS)/node-next: tests/node/next/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix tests/node/next --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/conformance-node: tests/conformance/node/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix tests/conformance/node --no-audit --no-fund --loglevel=error
	@touch $@

# The packages that the benchmarks compare with.
$(STAMPS)/bench-python: tests/bench/python/requirements.txt | toolchain $(STAMPS)
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/$(BIN)/pip install --quiet -r $<
	@touch $@

$(STAMPS)/bench-node: tests/bench/node/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix tests/bench/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# --- builds: cargo and tsc decide what is out of date --------------------------------------------------------------

.PHONY: build emulator python node
# One selection of packages (the default members of the workspace) for everything that is built or tested without optimisation.
# Cargo unifies the features of packages that it builds together: another selection would compile the HTTP stack again.
build: | toolchain
	$(CARGO) build $(LOCKED) --quiet --lib --bins --examples

emulator: build

python: $(STAMPS)/python build
	$(VENV)/$(BIN)/python python/packaging/develop.py

node: $(STAMPS)/node build
	node node/packaging/addon.mjs
	npm run --silent --prefix node build

# --- demo and tests -----------------------------------------------------------------------------------------------------

.PHONY: demo demo-rust demo-python demo-node
demo: emulator python node
	$(VENV)/$(BIN)/python tests/demo/run.py

# One language, without the tools of the others.
demo-rust: build
	$(PYTHON) tests/demo/run.py Rust

demo-python: python
	$(VENV)/$(BIN)/python tests/demo/run.py Python

demo-node: node
	$(PYTHON) tests/demo/run.py Node

# A web application against the emulator, until Ctrl-C.
.PHONY: demo-app
demo-app: emulator python
	$(VENV)/$(BIN)/python tests/demo/app/serve.py $(PORT)

.PHONY: test test-rust test-python test-node test-conformance test-leaks test-memcheck
test: test-rust test-python test-node test-conformance test-emulator-packages test-instructions test-fuzz test-browser test-redis test-leaks test-soak

test-rust: emulator
	$(CARGO) test $(LOCKED) --quiet

test-python: emulator python
	$(VENV)/$(BIN)/python -m pytest tests/python

# Many callers with one refresh token, against an emulator that rotates it.
.PHONY: test-rotation test-rotation-rust test-rotation-python test-rotation-node
test-rotation: test-rotation-rust test-rotation-python test-rotation-node

test-rotation-rust: build
	target/debug/examples/callers

test-rotation-python: emulator python
	$(VENV)/$(BIN)/python tests/rotation/callers.py 25 100 1000

test-rotation-node: emulator node
	node tests/rotation/callers.mjs

# The other versions of Python and Node that are available; missing ones are printed.
.PHONY: test-matrix soak
test-matrix: test-matrix-python test-matrix-node

# A million calls in each language, and the suites of processes, threads and cancellation, with enough repetitions to find leaks and
# rare crashes.
soak: soak-calls soak-rotation soak-python soak-node soak-redis

# 40 users in four tabs each, with 8 processes of Python and Node that share a Redis.
SECONDS ?= 30
.PHONY: soak-redis
soak-redis: soak-packages
	$(VENV)/$(BIN)/python tests/redis/soak.py --release $(SECONDS)

# Many calls, many clients, and many calls at once, in each language: tests/soak/README.md. SOAK_OPTIONS has options for the run.
.PHONY: test-soak soak-calls soak-packages
test-soak: emulator python node
	$(VENV)/$(BIN)/python tests/soak/run.py $(SOAK_OPTIONS)

soak-calls: soak-packages
	$(VENV)/$(BIN)/python tests/soak/run.py --whole --release $(SOAK_OPTIONS)

# Release builds in a separate folder, so that those of the suites are kept.
soak-packages: python node
	$(CARGO) build $(LOCKED) --quiet --release -p tenant-select-python -p tenant-select-node -p tenant-select-emulator -p tenant-select-tests --lib --bins --example soak
	rm -rf target/soak/python target/soak/node
	mkdir -p target/soak/python target/soak/node
	cp -r python/tenant_select target/soak/python
	cp target/release/lib_native.so target/soak/python/tenant_select/_native.abi3.so
	cp -r node/dist node/package.json target/soak/node
	cp target/release/libtenant_select_node.so target/soak/node/tenant-select.node

# Ten minutes of 40 users in four tabs each.
.PHONY: soak-rotation
soak-rotation: build
	target/debug/examples/rotation_soak 600

.PHONY: test-matrix-python soak-python
test-matrix-python: emulator python
	$(VENV)/$(BIN)/python python/packaging/matrix.py

soak-python: emulator python
	TENANT_SELECT_SOAK=1 $(VENV)/$(BIN)/python -m pytest tests/python/test_fork.py tests/python/test_servers.py tests/python/test_loops_and_threads.py \
	  tests/python/test_cancellation.py tests/python/test_signals.py tests/python/test_exit.py

test-node: emulator node $(STAMPS)/node-suite $(STAMPS)/node-next
	cd tests/node && node --test

# Other versions of Node, Bun and Deno, where they exist for this platform; missing ones are printed.
$(STAMPS)/node-runtimes: tests/node/runtimes/package-lock.json | toolchain $(STAMPS)
	npm ci --prefix tests/node/runtimes --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-matrix-node soak-node
test-matrix-node: emulator node $(STAMPS)/node-suite $(STAMPS)/node-next $(STAMPS)/node-runtimes
	node tests/node/runtimes/matrix.mjs

soak-node: emulator node $(STAMPS)/node-suite
	cd tests/node && WORKERS=1000 ABORTS=10000 EXITS=200 VALIDATIONS=1000000 SELECTIONS=20000 \
	  node --test abort.test.mjs memory.test.mjs process.test.mjs workers.test.mjs

test-conformance: emulator $(STAMPS)/conformance-python $(STAMPS)/conformance-node
	$(CONFORMANCE_VENV)/$(BIN)/python -m pytest tests/conformance/python
	cd tests/conformance/node && node --test

# How many processor instructions calls take, where valgrind is installed. VALGRIND=required fails where it is not.
.PHONY: test-instructions instructions
test-instructions: build python node
	$(VENV)/$(BIN)/python tests/instructions/run.py $(if $(filter required,$(VALGRIND)),--require)
	$(VENV)/$(BIN)/python -m pytest --quiet tests/instructions

# Puts the counts of this build into tests/instructions/limits.json.
instructions: build python node
	$(VENV)/$(BIN)/python tests/instructions/run.py --require --write

# The fuzz targets, on Linux: `make fuzz` each for twenty minutes or SECONDS, `make test` each for a moment. Only the crates of this
# repository are compiled again, with counters of coverage.
.PHONY: fuzz test-fuzz fuzz-program
fuzz: fuzz-program
	tests/fuzz/run.sh $(or $(SECONDS),1200) $(TARGETS)

test-fuzz: $(if $(filter Linux,$(shell uname)),fuzz-program)
	$(if $(filter Linux,$(shell uname)),tests/fuzz/run.sh 3,@echo "fuzz targets: SKIPPED, because they need Linux")

fuzz-program: | toolchain
	RUSTC_WORKSPACE_WRAPPER=$(CURDIR)/tests/fuzz/instrument $(CARGO) build $(LOCKED) --quiet --bin fuzz --features tenant-select-fuzz/libfuzzer

# Processes that share their state through Redis, where there is a redis-server or valkey-server. REDIS=required fails where there is none.
.PHONY: test-redis
test-redis: emulator python node $(STAMPS)/node-suite $(STAMPS)/valkey
	$(VENV)/$(BIN)/python -m pytest $(if $(filter required,$(REDIS)),--require-redis) tests/redis
	$(VENV)/$(BIN)/python tests/redis/on_valkey.py --quiet

# Seeded secrets through every operation and failure in each language, on Linux: everything that is printed, memory images and core
# files are searched for them.
test-leaks: emulator python node
	$(VENV)/$(BIN)/python -m pytest tests/leaks

# The tests of the core in valgrind's memcheck: reads of memory that is invalid or not initialised, among them what the tests call of
# aws-lc. Takes minutes, and is not a part of `make test`.
MEMCHECK := valgrind --quiet --error-exitcode=9 --leak-check=no
test-memcheck: build
	PROPTEST_CASES=4 CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$(MEMCHECK)" $(CARGO) test $(LOCKED) --quiet --lib -p tenant-select -- --test-threads=1

# The demo application in a browser, where there is a Chromium. CHROMIUM=required fails where there is none.
.PHONY: test-browser screenshot
test-browser: emulator python $(STAMPS)/browser
	$(VENV)/$(BIN)/python -m pytest $(if $(filter required,$(CHROMIUM)),--require-chromium) tests/browser

# Takes the picture of the README.
screenshot: emulator python $(STAMPS)/browser
	PYTHONPATH=tests/demo/app $(VENV)/$(BIN)/python tests/browser/screenshot.py

# --- checks -----------------------------------------------------------------------------------------------------------------

.PHONY: lint lint-rust lint-python lint-node lint-checks
lint: lint-rust lint-python lint-node lint-checks

lint-rust: documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(LOCKED) --quiet --workspace --all-targets -- -D warnings

# Documents the same packages as the linter, for the same reason as `build`. Also writes JSON, from which the public surface is read.
.PHONY: documentation
documentation: | toolchain
	RUSTDOC=$(CURDIR)/tests/checks/rustdoc_json RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(LOCKED) --quiet --no-deps --workspace --lib --examples

MYPY := $(VENV)/$(BIN)/mypy --config-file python/pyproject.toml

lint-python: python $(STAMPS)/checks $(STAMPS)/browser $(STAMPS)/conformance-python $(STAMPS)/bench-python
	cd python && $(VENV)/$(BIN)/ruff format --check . ../tests ../.github && $(VENV)/$(BIN)/ruff check . ../tests
	$(VENV)/$(BIN)/ruff check --config python/pyproject.toml .github
	cd python && $(VENV)/$(BIN)/python generate.py --check
	cd python && $(VENV)/$(BIN)/mypy tenant_select generate.py client_options.py examples/*.py && $(VENV)/$(BIN)/pyright --pythonpath $(VENV)/$(BIN)/python tenant_select generate.py client_options.py examples
	cd python && $(VENV)/$(BIN)/stubtest tenant_select._native
	MYPYPATH=tests/python $(MYPY) tests/python/*.py tests/python/adapters/*.py tests/python/contract tests/python/programs/*.py
	$(MYPY) tests/rotation/*.py
	$(MYPY) tests/soak/*.py
	MYPYPATH=tests/redis $(MYPY) tests/redis/*.py
	MYPYPATH=tests/leaks:tests/redis $(MYPY) tests/leaks/*.py
	MYPYPATH=tests/leaks $(MYPY) tests/leaks/programs/worker.py
	MYPYPATH=tests/python $(MYPY) tests/redis/programs/*.py
	MYPYPATH=tests/demo/app:tests/browser $(MYPY) tests/demo/app/*.py tests/browser/*.py
	MYPYPATH=tests/instructions $(MYPY) tests/instructions/*.py
	MYPYPATH=tests/emulator/python:python/packaging $(MYPY) tests/emulator/python/*.py tests/emulator/python/tenant_select_emulator
	$(MYPY) python/packaging/*.py tests/demo/*.py .github/*.py
	MYPYPATH=tests/checks $(MYPY) tests/checks/*.py
	MYPYPATH=tests/conformance/python $(MYPY) --python-executable $(CONFORMANCE_VENV)/$(BIN)/python tests/conformance/python/*.py
	MYPYPATH=tests/bench/python:python $(MYPY) --python-executable $(BENCH_VENV)/$(BIN)/python tests/bench/python/*.py

lint-node: node $(STAMPS)/node-suite
	npm run --silent --prefix node lint
	node node/generate.mjs --check

# Checks of the repository itself: dependencies, licences, versions, layers, the public surface, workflows, spelling, duplicate builds.
CHECK := $(VENV)/$(BIN)/python tests/checks
lint-checks: documentation python node $(STAMPS)/checks $(STAMPS)/checks-node $(CARGO_DENY)
	bash tests/checks/dependencies.sh $(CARGO_DENY)
	$(CHECK)/versions.py
	$(VENV)/$(BIN)/python python/packaging/notices.py
	$(CHECK)/words.py
	$(CHECK)/layers.py
	$(CHECK)/imports.py
	$(CHECK)/readme_options.py
	$(CHECK)/one_build.py
	$(CHECK)/api.py
	$(VENV)/$(BIN)/python -m pytest --quiet tests/checks
	$(VENV)/$(BIN)/typos
	$(VENV)/$(BIN)/zizmor --quiet --offline --persona regular .github
	$(VENV)/$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/$(BIN)/pre-commit validate-config .pre-commit-config.yaml

# Known vulnerabilities among the dependencies. Fetches their database, so it is not part of `make lint`.
.PHONY: advisories
advisories: $(CARGO_DENY)
	$(CARGO_DENY) check advisories

# Updates the generated files. `make lint` fails when they are out of date.
.PHONY: generate
generate: python node
	cd python && $(VENV)/$(BIN)/python generate.py
	node node/generate.mjs
	$(CHECK)/readme_options.py --write

# Updates the committed text of the public surface.
.PHONY: api
api: documentation python node $(STAMPS)/checks $(STAMPS)/checks-node
	$(CHECK)/api.py --write

# Updates the notices and bills of materials of the packages, with the tools that the community maintains for that. Compiled with
# optimisation, because cargo-about compares texts for minutes otherwise.
CARGO_ABOUT := $(STAMPS)/cargo-about-0.9.3/bin/cargo-about$(EXE)
CARGO_CYCLONEDX := $(STAMPS)/cargo-cyclonedx-0.5.9/bin/cargo-cyclonedx$(EXE)
$(CARGO_ABOUT): | toolchain $(STAMPS)
	cargo install --quiet $(LOCKED) cargo-about@0.9.3 --features cli --root $(STAMPS)/cargo-about-0.9.3
$(CARGO_CYCLONEDX): | toolchain $(STAMPS)
	cargo install --quiet $(LOCKED) cargo-cyclonedx@0.5.9 --root $(STAMPS)/cargo-cyclonedx-0.5.9

.PHONY: notices
notices: $(CARGO_ABOUT) $(CARGO_CYCLONEDX)
	$(PYTHON) python/packaging/notices.py $(abspath $^)

# Known vulnerabilities and signatures of the npm packages that the suites and builds use, and the vulnerabilities of the Python ones, from the
# registries: not a part of `make lint`, because the network is needed.
.PHONY: audit
audit: advisories $(STAMPS)/node $(STAMPS)/node-suite
	cd node && npm audit && npm audit signatures
	cd tests/node && npm audit

# Installs the git hooks of .pre-commit-config.yaml.
.PHONY: hooks
hooks: $(STAMPS)/checks
	$(VENV)/$(BIN)/pre-commit install

# --- benchmarks -------------------------------------------------------------------------------------------------------------

# Release builds in a separate folder, so that those of the suites are kept. BENCH_OPTIONS has options for the run, such as --quick,
# --only TEXT or --write; tests/bench/README.md lists them.
.PHONY: bench
bench: $(STAMPS)/python $(STAMPS)/node $(STAMPS)/bench-python $(STAMPS)/bench-node
	$(CARGO) build $(LOCKED) --quiet --release -p tenant-select-bench -p tenant-select-node -p tenant-select-bench-border
	rm -rf target/bench/wheels target/bench/python target/bench/node
	cd python && $(VENV)/$(BIN)/maturin build --quiet --release $(LOCKED) --out ../target/bench/wheels
	$(VENV)/$(BIN)/python -m zipfile -e target/bench/wheels/tenant_select-*.whl target/bench/python
	$(VENV)/$(BIN)/python -m compileall -q target/bench/python # as pip does
	npm run --silent --prefix node build
	mkdir -p target/bench/node
	cp -r node/dist node/package.json target/bench/node
	cp target/release/libtenant_select_node.so target/bench/node/tenant-select.node
	cp target/release/libtenant_select_bench_border.so target/bench/node/border.node
	target/release/tenant-select-bench run $(BENCH_OPTIONS)

# --- packages ---------------------------------------------------------------------------------------------------------------

.PHONY: package package-emulator
package: package-emulator package-python package-node

package-emulator: $(STAMPS)/python $(STAMPS)/node
	$(VENV)/$(BIN)/python tests/emulator/python/package.py $(if $(COMPATIBILITY),--compatibility $(COMPATIBILITY))
	node tests/emulator/node/package.mjs

# The packages' own suites, on the debug build.
.PHONY: test-emulator-packages
test-emulator-packages: emulator $(STAMPS)/python $(STAMPS)/node
	$(VENV)/$(BIN)/python -m pytest tests/emulator/python
	node --test tests/emulator/node/packages.test.mjs

.PHONY: package-node
package-node: emulator node
	node node/packaging/package.mjs $(if $(COMPATIBILITY),--compatibility $(COMPATIBILITY))

.PHONY: package-python
package-python: emulator $(STAMPS)/python
	$(VENV)/$(BIN)/python python/packaging/package.py $(if $(COMPATIBILITY),--compatibility $(COMPATIBILITY))

.PHONY: clean
clean:
	rm -rf target $(VENV) $(CONFORMANCE_VENV) $(BENCH_VENV) $(STAMPS) node/node_modules node/dist node/tenant-select.node tests/node/node_modules tests/node/next/node_modules tests/node/next/dist tests/node/runtimes/node_modules tests/conformance/node/node_modules tests/bench/node/node_modules tests/checks/node_modules
