# Each target is one line around a script that also works without make: python3 tools/dev.py run
PYTHON ?= python3
export ARGS PORT HOST

.PHONY: run setup test check bench
run: ; @$(PYTHON) tools/dev.py run $(ARGS)
setup: ; @$(PYTHON) tools/dev.py setup
test: ; @$(PYTHON) tools/dev.py test
check: ; @$(PYTHON) tools/dev.py check
bench: ; @$(PYTHON) tools/dev.py bench $(ARGS)
