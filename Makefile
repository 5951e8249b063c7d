# One word each. Everything happens in virtual environments of its own.
PYTHON ?= python3
PIP = -m pip --disable-pip-version-check install --quiet

.PHONY: demo test lint bench sanitize clean

demo: .venv/bin/python
	.venv/bin/python $(PIP) '.[demo]'
	.venv/bin/faceflow demo demo-output

test: .venv-test/bin/python
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) '.[test]'
	.venv-test/bin/python -m pytest

lint: .venv-test/bin/python
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) '.[test,lint]'
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
sanitize: .venv-test/bin/python
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) '.[test]'
	.venv-test/bin/cmake --preset asan-ubsan
	.venv-test/bin/cmake --build --preset asan-ubsan
	.venv-test/bin/ctest --preset asan-ubsan
	rm -rf build/sanitized
	FACEFLOW_REQUIRE_NATIVE=1 .venv-test/bin/python $(PIP) . --no-deps --target build/sanitized \
	  -C cmake.define.FACEFLOW_SANITIZE=ON
	FACEFLOW_BACKEND=cpp PYTHONPATH=build/sanitized ASAN_OPTIONS=detect_leaks=0 \
	  LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
	  .venv-test/bin/python -m pytest tests/flow

.venv/bin/python .venv-test/bin/python .venv-bench/bin/python:
	$(PYTHON) -m venv $(@D)/..

clean:
	rm -rf .venv .venv-test .venv-bench build demo-output
