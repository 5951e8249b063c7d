# One word each. Everything happens in virtual environments of its own.
PYTHON ?= python3
PIP = -m pip --disable-pip-version-check install --quiet

# Tests run on all cores; each process takes up to 2.5 GB with TensorFlow. TESTS adds options.
PYTEST = -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal --durations 10 $(TESTS)
SOURCES := pyproject.toml CMakeLists.txt $(shell find cpp python -type f ! -name '*.py[co]' ! -name '*.so')

.PHONY: demo test test-all lint bench sanitize clean

demo: .venv/bin/python
	.venv/bin/python $(PIP) '.[demo]'
	.venv/bin/faceflow demo demo-output

# What a user relies on, in three minutes; test-all runs everything, in twelve.
test: .venv-test/installed
	.venv-test/bin/python $(PYTEST) --tier fast

test-all: .venv-test/installed
	.venv-test/bin/python $(PYTEST)

# Only where a source has changed: numba compiles the kernels of a new installation anew.
.venv-test/installed: $(SOURCES) | .venv-test/bin/python
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) '.[test]'
	touch $@

lint: .venv-test/bin/python
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) '.[test,lint]'
	touch .venv-test/installed
	.venv-test/bin/ruff check
	.venv-test/bin/ruff format --check
	.venv-test/bin/mypy
	.venv-test/bin/lint-imports
	.venv-test/bin/clang-format --dry-run --Werror $$(git ls-files 'cpp/*.?pp')
	.venv-test/bin/cmake --preset tidy > /dev/null
	.venv-test/bin/clang-tidy --quiet -p build/tidy cpp/src/*.cpp

bench: .venv-bench/bin/python
	FACEFLOW_REQUIRE_NATIVE=1 .venv-bench/bin/python $(PIP) '.[bench]'
	mkdir -p build
	.venv-bench/bin/python -m pytest benchmarks --benchmark-json=build/benchmarks.json
	.venv-bench/bin/python benchmarks/report.py build/benchmarks.json

# The C++ tests, and the Python tests of the core, under AddressSanitizer and UBSan. Needs doctest
# (Debian: doctest-dev).
sanitize: .venv-test/installed
	.venv-test/bin/cmake --preset asan-ubsan
	.venv-test/bin/cmake --build --preset asan-ubsan
	.venv-test/bin/ctest --preset asan-ubsan
	rm -rf build/sanitized
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) . --no-deps --target build/sanitized \
	  -C cmake.define.FACEFLOW_SANITIZE=ON
	FACEFLOW_BACKEND=cpp PYTHONPATH=build/sanitized ASAN_OPTIONS=detect_leaks=0 \
	  LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
	  .venv-test/bin/python $(PYTEST) tests/flow

.venv/bin/python .venv-test/bin/python .venv-bench/bin/python:
	$(PYTHON) -m venv $(@D)/..

clean:
	rm -rf .venv .venv-test .venv-bench build demo-output
