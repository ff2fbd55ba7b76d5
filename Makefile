# Every command sets up what it needs; a second call starts at once. See `make help`.
PYTHON ?= python3
ARGS ?=

.PHONY: help setup run test lint bench chaos test-upstream clean

help:
	@echo "make run            Odoo 19 with the demo company, on http://127.0.0.1:8069 (SEAM_PORT)"
	@echo "make test           every test; ARGS=\"addons/seam -k name\" chooses"
	@echo "make lint           check and format every file"
	@echo "make bench          the benchmarks"
	@echo "make chaos          the failure tests"
	@echo "make test-upstream  Odoo's own tests with Seam installed; ARGS=--bare without, to compare"
	@echo "make setup          only make the environment"
	@echo "make clean          remove what was made in .seam/ (SEAM_DATA), the databases too"

setup run clean:
	@$(PYTHON) tools/seam.py $@

test lint bench chaos:
	@$(PYTHON) tools/seam.py $@ --args="$(ARGS)"

test-upstream:
	@$(PYTHON) tools/seam.py $@ $(ARGS)
