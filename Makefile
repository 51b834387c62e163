.DEFAULT_GOAL := help
.PHONY: run check test test-long screenshots bench chaos clean help

PYTHON_IN_VENV := .venv/bin/python

run: ## Start Sluice (PORT, HOST, DATA_DIR, DATABASE_URL, CHAT_*: docs/settings.md)
	@.ci/prepare requirements.txt
	@exec $(PYTHON_IN_VENV) manage.py serve

check: ## Style, layers and the quick tests on SQLite; under 15 seconds
	@.ci/prepare requirements-dev.txt
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m pytest -q -n auto --ignore tests/browser --ignore tests/server -m "not slow and not server"

test: ## Everything this machine can: style, types, SQLite, a real browser, PostgreSQL
	@.ci/prepare requirements-dev.txt
	@$(PYTHON_IN_VENV) -m tests.everything

test-long: ## The gate against 100,000 random rules, texts and cuts, ten times as many as in the tests (CASES=…)
	@.ci/prepare requirements-dev.txt
	@SLUICE_CASES=$(or $(CASES),100000) $(PYTHON_IN_VENV) -m pytest -q -n auto tests/test_moderation_hold.py

screenshots: ## Take the pictures of every page into test-results/screenshots
	@.ci/prepare requirements-dev.txt
	@SLUICE_PICTURES=1 $(PYTHON_IN_VENV) -m pytest -q -n auto -m browser tests/browser/test_screenshots.py

bench: ## Measure what an answer costs, beside nginx: docs/performance.md (QUICK=1 for a short one)
	@.ci/prepare requirements-dev.txt
	@$(PYTHON_IN_VENV) -m tests.bench $(if $(QUICK),--quick)

chaos: ## Kill, pause and cut off every part under running turns, and compare all (TURNS=500 FAULTS=100 SEED=… ONLY=…)
	@.ci/prepare requirements-dev.txt
	@$(PYTHON_IN_VENV) -m tests.chaos --turns $(or $(TURNS),500) --faults $(or $(FAULTS),100) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only '$(ONLY)')

clean: ## Remove what was installed and built here; the data stays
	rm -rf .venv staticfiles test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## This list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
