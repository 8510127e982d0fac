# Every target works from a bare clone; what it needs is made first and kept until its source changes.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ENVIRONMENT := .venv/.made
THEME := static/build/manifest.json
CATALOGUE := translations/zh/LC_MESSAGES/messages.mo
ASSETS := $(THEME) $(CATALOGUE)

.PHONY: run test test-quick check bench thorough gallery pictures assets browser checkers fonts lock image

run: $(ENVIRONMENT) $(ASSETS) fonts
	@exec .venv/bin/appeals up

test: $(ENVIRONMENT) $(ASSETS) browser fonts
	.venv/bin/pytest tests

# The inner loop: house rules, rules, casework, imports and pages, on the same engines as `test`.
QUICK := house domain casework imports web
test-quick: $(ENVIRONMENT) $(ASSETS) fonts
	.venv/bin/pytest $(QUICK:%=tests/%) -m "not thorough and not slow"

check: $(ENVIRONMENT)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: $(ENVIRONMENT) $(ASSETS)
	.venv/bin/python -m tools.bench

# The faults come last and alone: they kill and restart whole installations, and pages of other tests
# would wait for the processors longer than a browser does.
thorough: $(ENVIRONMENT) $(ASSETS) browser fonts
	.venv/bin/pytest tests --hypothesis-profile=thorough -m "thorough or not thorough" --ignore=tests/faults
	.venv/bin/pytest tests/faults -m thorough -n0

# Every page in both languages, on a phone and on a desk: pictured in var/gallery, checked by axe-core
# and the Nu HTML checker; the pages that people wait for measured by Lighthouse.
gallery: $(ENVIRONMENT) $(ASSETS) browser checkers
	.venv/bin/python -m tools.gallery

# The few pictures of the README and of docs/tour.md, from those of the last `make gallery`.
pictures: $(ENVIRONMENT)
	.venv/bin/python -m tools.gallery.readme

assets: $(ASSETS)

# The image's RUN and COPY lines executed without Docker, and one page asked of what they made.
# Again when their inputs change; a bare clone has no stamp, so there it always runs.
image: .venv/.image-built

.venv/.image-built: Dockerfile $(wildcard deploy/*) requirements.lock tests/deploy/image_build.py | $(ASSETS)
	.venv/bin/python -m tests.deploy.image_build
	@touch $@

# The real browser of the journeys, with letters for Chinese.
browser:
	@sh deploy/browser.sh

# What checks the pages of the gallery: Java, the Nu HTML checker, Lighthouse.
checkers: $(ENVIRONMENT)
	@sh deploy/checkers.sh

# The Chinese letters of printed reports.
fonts:
	@sh deploy/fonts.sh

$(ENVIRONMENT): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with venv is needed; none was found on PATH." >&2; exit 1; }
	@echo "Making the Python environment (a minute)" >&2
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(THEME): package-lock.json deploy/assets.mjs $(wildcard static/*.scss static/*.js static/*.svg static/*.png) | $(ENVIRONMENT)
	@echo "Making styles and scripts" >&2
	@sh deploy/assets.sh

$(CATALOGUE): deploy/catalogues.py $(wildcard translations/zh/LC_MESSAGES/*.po) | $(ENVIRONMENT)
	@echo "Compiling the message catalogue" >&2
	@.venv/bin/python deploy/catalogues.py

# Exact versions with hashes; the files name no host.
lock:
	uv pip compile $(LOCK) --extra embedded --extra dev -o requirements.lock pyproject.toml
	uv pip compile $(LOCK) -c requirements.lock -o deploy/requirements.lock pyproject.toml
	uv pip compile $(LOCK) -o deploy/node.lock deploy/node.in

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links
