# make          figures -> panels -> estimates -> tables and figures, in an environment of its own
# make test     the tests          make help     all targets
# Works with GNU make 3.81 and later (the one that macOS ships).

PYTHON ?= python3
ENV    := .venv/.stamp
RUN    := .venv/bin/python

# Reproducible arithmetic and iteration order; the locale is the user's and stays alone.
export PYTHONHASHSEED := 0
export OPENBLAS_NUM_THREADS := 1

# Estimates are processes of their own: two at a time, or `make JOBS=1`, or any -j.
JOBS      ?= 2
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(JOBS)
endif

P         := code/pilotzone
GROUPS    := base did spatial city measure
ALL_FILES := $(foreach g,$(GROUPS),$(sort $(wildcard $(P)/exhibits/$(g)/*.py)))
# Long simulations are estimated by `make bench`; their committed numbers are rendered here.
BENCH     := $(if $(ALL_FILES),$(shell grep -l 'built_by="bench"' $(ALL_FILES)))
FILES     := $(filter-out $(BENCH),$(ALL_FILES))
ids        = $(notdir $(basename $(1)))
csv        = $(patsubst %,output/estimates/%.csv,$(call ids,$(1)))
ESTIMATES := $(call csv,$(FILES))
PRODUCTS  := $(foreach ending,md tex docx,$(patsubst %,output/tables/%.$(ending),$(call ids,$(ALL_FILES)))) \
             output/report.html
MISSING   := $(filter-out $(wildcard output/tables/*.* output/report.html),$(PRODUCTS))

CORE   := $(P)/catalogue/spec.py $(P)/errors.py
PANELS := data/derived/province_panel.csv data/derived/city_panel.csv
RAW    := $(wildcard data/raw/*.csv data/raw/policies/*.csv)
BUILD  := code/build_panels.py $(CORE) $(wildcard $(P)/panels/*.py $(P)/methods/index/*.py) \
          $(P)/methods/space/weights.py $(P)/catalogue/codebook.py data/codebook.csv
MODEL  := code/estimate.py $(CORE) $(P)/estimates.py $(P)/exhibits/__init__.py \
          $(wildcard $(P)/engine/*.py $(P)/methods/*/*.py $(P)/methods/*/*/*.py)
RENDER := code/render.py $(CORE) $(P)/command.py $(P)/exhibits/__init__.py $(P)/estimates.py $(wildcard $(P)/catalogue/*.py) \
          $(wildcard $(P)/tables/*.py $(P)/plots/*.py $(P)/report/*.*) data/codebook.csv data/raw/provinces.csv

# What `make tables` prints; the default make knows none of these.
STYLE    := se
LABELS   := en
DECIMALS := 3

.PHONY: all help env panels estimates $(GROUPS) test bench audit freeze list show tables index mine firm notebooks package readme lock lint clean FORCE
.DELETE_ON_ERROR:

all: .make/rendered

help:
	@echo "make                    everything: panels, estimates, tables and figures"
	@echo "make $(GROUPS)   one group of exhibits"
	@echo "make panels             data/derived from data/raw"
	@echo "make test               the tests"
	@echo "make audit              everything anew beside output/; other programs; output/audit.md"
	@echo "make freeze MESSAGE=why output/estimates becomes the frozen copy of the audit"
	@echo "make bench              own core beside the libraries: time and memory"
	@echo "make list               the exhibits with group, studies, role, file and title"
	@echo "make show EXHIBIT=id    a table in the terminal"
	@echo "make tables STYLE=se|t|ci|nostars LABELS=en|zh DECIMALS=3   in output/custom: Markdown,"
	@echo "                        LaTeX, Word, HTML; EXHIBIT='id id' for some of them"
	@echo "make index SYSTEM=file  the index of your own system of indicators (TOML)"
	@echo "make mine PANEL=file CONFIG=file   a panel of your own (.csv, .xlsx, .dta; TOML), in"
	@echo "                        output/mine; STYLE, LABELS and DECIMALS as above"
	@echo "make firm PANEL=file CONFIG=file   listed firms on your own licence, in output/firm;"
	@echo "                        without PANEL made-up firms, in output/synthetic"
	@echo "make notebooks          the notebooks, run from top to bottom, in output/notebooks"
	@echo "make package            the last commit and what is built, in output/pilotzone-*.zip"
	@echo "make readme             the generated parts of README.md"
	@echo "make lock               requirements.lock from requirements.in (needs uv)"
	@echo "make lint               ruff"
	@echo "make clean              remove what was built, keep output/"
	@echo "PYTHON=python3.12       chooses the interpreter of a new environment"
	@echo "JOBS=1                  estimates one after the other; two at a time if not said"

# --- environment ------------------------------------------------------------------------------
env: $(ENV)

$(ENV): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 14) else "make: needs Python 3.11 to 3.14, found %d.%d; name another with make PYTHON=python3.12" % v)'
	@echo "environment: .venv from requirements.lock"
	@$(PYTHON) -m venv .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# --- panels -----------------------------------------------------------------------------------
panels: $(PANELS)

$(PANELS): data/derived/%_panel.csv: $(RAW) $(BUILD) requirements.lock | $(ENV)
	@$(RUN) code/build_panels.py $*

# --- estimates: one file of literals, one target ------------------------------------------------
estimates: $(ESTIMATES)

define ESTIMATE_RULE
$(call csv,$(1)): $(1) $(PANELS) $(MODEL) requirements.lock | $(ENV)
	@$(RUN) code/estimate.py $(call ids,$(1))
endef
$(foreach path,$(FILES),$(eval $(call ESTIMATE_RULE,$(path))))

# Which exhibits read which others; the literals are standard library only, so any Python will do.
.make/needs.mk: $(FILES) $(CORE) $(P)/exhibits/__init__.py code/estimate.py
	@mkdir -p .make
	@$(PYTHON) code/estimate.py --needs > $@ 2> .make/needs.log || echo "# see .make/needs.log" > $@
-include .make/needs.mk

# --- tables and figures: all stale ones in one process ------------------------------------------
.make/rendered: $(ESTIMATES) $(call csv,$(BENCH)) $(RENDER) $(if $(MISSING),FORCE) | $(ENV)
	@$(RUN) code/render.py $(if $(filter-out output/estimates/%,$?),,$(call ids,$(filter output/estimates/%,$?)))
	@mkdir -p .make && touch $@
	@echo "done: open output/report.html; tables in output/tables, numbers in output/estimates"

define GROUP_RULE
$(1): $(call csv,$(filter-out $(BENCH),$(wildcard $(P)/exhibits/$(1)/*.py))) | $(ENV)
	@$$(if $$^,$(RUN) code/render.py $$(call ids,$$^),echo "$(1): no exhibit yet")
endef
$(foreach group,$(GROUPS),$(eval $(call GROUP_RULE,$(group))))

# --- for people ---------------------------------------------------------------------------------
list: | $(ENV)
	@$(RUN) code/render.py --list

show: | $(ENV)
	@$(RUN) code/render.py --show "$(EXHIBIT)"

tables: $(ESTIMATES) $(call csv,$(BENCH)) | $(ENV)
	@$(RUN) code/render.py --tables output/custom --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)" $(EXHIBIT)

index: | $(ENV)
	@$(RUN) code/build_panels.py --system "$(SYSTEM)"

# Without a panel: made-up firms, which check the code and say nothing about firms.
SYNTHETIC := output/synthetic

firm: | $(ENV)
	@$(if $(PANEL)$(CONFIG),,$(RUN) tests/fixtures/firms.py $(SYNTHETIC))
	@$(RUN) code/firm.py $(if $(PANEL)$(CONFIG),"$(PANEL)" "$(CONFIG)",$(SYNTHETIC)/firms.csv $(SYNTHETIC)/firm.toml) \
	  --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)"

mine: | $(ENV)
	@$(RUN) code/mine.py "$(PANEL)" "$(CONFIG)" --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)"

notebooks: all
	@echo "notebooks: $(notdir $(wildcard code/notebooks/*.ipynb))"
	@$(RUN) -m nbconvert --to html --template classic --log-level ERROR --execute \
	  --ExecutePreprocessor.extra_arguments=--log-level=40 --output-dir output/notebooks \
	  $(sort $(wildcard code/notebooks/*.ipynb))
	@echo "done: output/notebooks"

package: all
	@$(RUN) code/package.py

test: | $(ENV)
	@$(RUN) -m pytest

bench: $(PANELS) | $(ENV)
	@$(RUN) code/estimate.py $(call ids,$(BENCH))
	@$(RUN) tests/benchmarks/run.py

# Rests on the environment and the published figures alone; what lies in output/ is judged.
audit: data/SHA256SUMS | $(ENV)
	@$(RUN) code/audit.py

freeze: | $(ENV)
	@$(RUN) code/audit.py freeze --message "$${MESSAGE-}"

readme: all
	@$(RUN) code/render.py --readme README.md

lint: | $(ENV)
	@$(RUN) -m ruff check code tests
	@$(RUN) -m ruff format --check code tests

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command "make lock" requirements.in -o requirements.lock

clean:
	rm -rf .venv .make data/derived
