# BranchLite. `make demo` runs the main job from a fresh clone; `make test` runs every test.
SHELL := /usr/bin/env bash
.DEFAULT_GOAL := build
.PHONY: build release setup setup-system setup-python test differential soak simulate fuzz demo bench clean

# A release binary is what people run, so it is also what the demo, the end-to-end tests and the benchmarks run.
RELEASE_BUILD := .build-release
BRANCHLITE := $(RELEASE_BUILD)/release/branchlite

build: setup-system
	swift build

setup: setup-system setup-python

setup-system:
	@scripts/setup.sh system

setup-python:
	@scripts/setup.sh python

# One stripped binary with the Swift runtime linked statically: it needs glibc, libstdc++ and libsqlite3 on the target.
release: setup-system
	swift build -c release --scratch-path $(RELEASE_BUILD) --static-swift-stdlib --product branchlite
	@strip -o $(RELEASE_BUILD)/branchlite $(BRANCHLITE)
	@scripts/binary-report.sh $(RELEASE_BUILD)/branchlite

test: setup
	scripts/test.sh

# The crash simulation of the page store, from SEED on (by default a random one) for SECONDS.
SECONDS_DEFAULT := 60
simulate: setup-system
	BRANCHLITE_LIBRARY_ONLY=1 BRANCHLITE_SIM_SECONDS=$(or $(filter-out 0,$(SECONDS)),$(SECONDS_DEFAULT)) BRANCHLITE_SIM_SEED=$(SEED) \
		swift test --scratch-path .build-library --filter SimulationTests/simulatesForAWhile

# Random histories against the model of the DuckDB variant, from SEED on (by default a random one) for SECONDS.
differential: setup release
	.venv/bin/python Tests/Differential/differential.py --seconds $(or $(filter-out 0,$(SECONDS)),$(SECONDS_DEFAULT)) $(if $(SEED),--seed $(SEED))

# Branch workloads over the PostgreSQL door from 1 and 8 clients, from SEED on (by default a random one) for SECONDS (by default half an hour).
soak: setup release
	.venv/bin/python Tests/Soak/soak.py --seconds $(or $(filter-out 0,$(SECONDS)),1800) $(if $(SEED),--seed $(SEED))

# Each fuzz target with libFuzzer for SECONDS.
fuzz: setup-system
	Fuzz/run.sh $(or $(filter-out 0,$(SECONDS)),$(SECONDS_DEFAULT)) $(TARGETS)

demo: setup release
	scripts/demo.sh $(RELEASE_BUILD)/branchlite

bench: setup release
	scripts/bench.sh $(RELEASE_BUILD)/branchlite

clean:
	rm -rf .build .build-library .build-fuzz $(RELEASE_BUILD)
