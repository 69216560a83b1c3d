# make          figures -> panels -> estimates -> tables and figures, in an environment of its own
# make test     the tests          make help     all targets
# Works with GNU make 3.81 and later (the one that macOS ships). What is stale is decided in
# code/all.py, which does the same where there is no make.

# The Python that is named, else that of the environment, else python3.
PYTHON ?= $(if $(realpath .venv/bin/python),.venv/bin/python,python3)
RUN    := .venv/bin/python
# Exhibits estimated at a time.
JOBS   ?= 2
MAKE_STALE = @$(PYTHON) code/all.py --jobs=$(JOBS)

# Reproducible arithmetic and iteration order; the locale is the user's and stays alone.
export PYTHONHASHSEED := 0
export OPENBLAS_NUM_THREADS := 1
# Without bytecode every process compiles its libraries anew, four seconds each time.
unexport PYTHONDONTWRITEBYTECODE

GROUPS := claims base did spatial city measure
FAST   := $(addprefix tests/,catalogue methods engine estimates)
# What `make tables` prints; the default make knows none of these.
STYLE    := se
LABELS   := en
DECIMALS := 3

.PHONY: all help env tools panels estimates $(GROUPS) test test-fast bench audit freeze list show check trace tables print main docs mutants index mine policy policies firm whose faultbench notebooks package readme lock lint clean FORCE
.NOTPARALLEL:

all:
	$(MAKE_STALE)

env tools panels estimates $(GROUPS):
	$(MAKE_STALE) $@

output/estimates/%.csv: FORCE
	$(MAKE_STALE) $*

help:
	@echo "make                    everything: panels, estimates, tables and figures; then open"
	@echo "                        output/report.html (in Chinese: output/report.zh.html)"
	@echo "make $(GROUPS)   one group of exhibits"
	@echo "make panels             data/derived from data/raw"
	@echo "make test               the tests"
	@echo "make test-fast          those of methods and engine that take no time, within a minute"
	@echo "make audit              everything anew beside output/; other programs; output/audit.md"
	@echo "make freeze MESSAGE=why output/estimates becomes the frozen copy of the audit"
	@echo "make bench              own core beside the libraries: time and memory; damaged files at the doors"
	@echo "make mutants            100 small changes of the methods; those that no test notices"
	@echo "make list               the exhibits with group, studies, role, file and title"
	@echo "make show EXHIBIT=id    a table in the terminal"
	@echo "make check EXHIBIT=id   all that an exhibit lacks: words, schema, reasons"
	@echo "make trace EXHIBIT=id COLUMN=id    from a printed column back to the published figures"
	@echo "make tables STYLE=se|t|ci|nostars LABELS=en|zh DECIMALS=3   in output/custom/se-en, …:"
	@echo "                        Markdown, LaTeX, Word, HTML; EXHIBIT='id id' for some of them"
	@echo "make main               output/main.pdf: eight tables and six figures of an article (pdflatex)"
	@echo "make print              figures for print, in output/figures/print: 300 dpi and PDF"
	@echo "make docs               pages on the public functions, from docstrings and what they print"
	@echo "make index SYSTEM=file  the index of your own system of indicators (TOML)"
	@echo "make mine PANEL=file CONFIG=file   a panel of your own (.csv, .xlsx, .dta; TOML), in"
	@echo "                        output/mine; STYLE, LABELS and DECIMALS as above"
	@echo "make policy POLICY=name|ROSTER=file PANEL=province|city OUTCOME=column   a dated policy on an"
	@echo "                        open panel, in output/policy; CODING, TIMING, MEASURE, LATER (docs/policies.md)"
	@echo "make policies PANEL=province|city OUTCOME=column   all policies, codings and timings in one table"
	@echo "make firm PANEL=file CONFIG=file   listed firms on your own licence, in output/firm;"
	@echo "                        without PANEL made-up firms, in output/synthetic"
	@echo "make whose TABLE=file PANEL=file CONFIG=file   from a printed regression table and the"
	@echo "                        panel behind it: the conventions that give its digits, in output/whose"
	@echo "make faultbench N=1000 SEED=number   tables with planted faults and their key, in"
	@echo "                        output/faultbench; AUDITOR='command {folder}' scores one on them"
	@echo "make notebooks          the notebooks, run from top to bottom, in output/notebooks"
	@echo "make package            the last commit and what is built, in output/pilotzone-*.zip"
	@echo "make readme             the generated parts of README.md and docs"
	@echo "make lock               the locks from requirements.in and requirements-tools.in (needs uv)"
	@echo "make tools              what tests, audit, notebooks, bench and lint need besides"
	@echo "make lint               ruff"
	@echo "make clean              remove what was built, keep output/"
	@echo "PYTHON=python3.12       chooses the interpreter of a new environment"
	@echo "WORKERS=4               processes of make bench; BACKEND=dask SCHEDULER=… past one machine"
	@echo "JOBS=1                  estimates one after the other; two at a time if not said"

list: env
	@$(RUN) code/render.py --list

show: env
	@$(RUN) code/render.py --show "$(EXHIBIT)"

check: env
	@$(RUN) code/explain.py --check "$(EXHIBIT)"

trace: env
	@$(RUN) code/explain.py --trace "$(EXHIBIT)" "$(COLUMN)"

tables: estimates
	@$(RUN) code/render.py --tables output/custom --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)" $(EXHIBIT)

index: env
	@$(RUN) code/build_panels.py --system "$(SYSTEM)"

# Without a panel: made-up firms, which check the code and say nothing about firms.
SYNTHETIC := output/synthetic

firm: env
	@$(if $(PANEL)$(CONFIG),,$(RUN) tests/fixtures/firms.py $(SYNTHETIC))
	@$(RUN) code/firm.py $(if $(PANEL)$(CONFIG),"$(PANEL)" "$(CONFIG)",$(SYNTHETIC)/firms.csv $(SYNTHETIC)/firm.toml) \
	  --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)"

mine: env
	@$(RUN) code/mine.py "$(PANEL)" "$(CONFIG)" --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)"

CHOSEN = --panel="$(PANEL)" --outcome="$(OUTCOME)" --coding="$(CODING)" --timing="$(TIMING)" \
  --measure="$(MEASURE)" --later="$(LATER)" --roster="$(ROSTER)" \
  --style="$(STYLE)" --labels="$(LABELS)" --decimals="$(DECIMALS)"

policy: panels
	@$(RUN) code/policy.py "$(POLICY)" $(CHOSEN)

policies: panels
	@$(RUN) code/policy.py "$(POLICY)" --all $(CHOSEN)

whose: env
	@$(RUN) code/whose.py "$(TABLE)" "$(PANEL)" "$(CONFIG)"
# Quoted by the shell that reads it: an auditor is a command with words of its own.
export AUDITOR

faultbench: env
	@$(RUN) code/faultbench.py make --cases "$(or $(N),1000)" --seed "$(or $(SEED),20261129)"
	@$(if $(AUDITOR),$(RUN) code/faultbench.py score "output/faultbench/$(or $(SEED),20261129)" --auditor "$$AUDITOR")

# The public functions: docs/api.md from their docstrings, and what the pages beside it print.
docs: env
	@$(RUN) code/docs.py

notebooks: all tools
	@echo "notebooks: $(notdir $(wildcard code/notebooks/*.ipynb))"
	@$(RUN) -m nbconvert --to html --template pages --log-level ERROR --execute \
	  --HTMLExporter.extra_template_basedirs=code/notebooks \
	  --ExecutePreprocessor.extra_arguments=--log-level=40 --output-dir output/notebooks \
	  $(sort $(wildcard code/notebooks/*.ipynb))
	@echo "done: output/notebooks"

# Figures at 300 dpi and as PDF: nothing that make itself prints.
print: all
	@$(RUN) code/render.py --print --jobs=$(JOBS)

# Twice, so that a reference finds its table.
main: all
	@command -v pdflatex > /dev/null || { echo "main.pdf needs pdflatex; output/main.tex is there"; exit 2; }
	@mkdir -p .make/main
	@cd output && for again in 1 2; do \
	  pdflatex -interaction=nonstopmode -halt-on-error -output-directory=../.make/main main.tex \
	    > ../.make/main/main.out || { tail -n 20 ../.make/main/main.out; exit 1; }; \
	done
	@mv .make/main/main.pdf output/main.pdf
	@echo "output/main.pdf"

package: all print
	@$(RUN) code/package.py

test: tools
	@$(RUN) -m pytest --numprocesses=$(JOBS) --dist=loadfile

# What an edit of an estimator needs within a minute.
test-fast: tools
	@$(RUN) -m pytest --numprocesses=$(JOBS) --dist=loadfile -m "not slow and not cli" $(FAST)

# PEERS names a Python with the programs of tests/benchmarks/peers.txt.
export PEERS

bench: tools
	$(MAKE_STALE) $@
	@$(RUN) code/render.py --show "inference_audit"
	@$(RUN) code/render.py --show "city_inference_audit"
	@$(RUN) tests/benchmarks/fuzz.py
	@$(RUN) tests/benchmarks/run.py
	@$(RUN) tests/benchmarks/whose.py

# For those who work on the methods: 100 small changes, and those that no test notices.
mutants: tools
	@$(RUN) tests/benchmarks/mutants.py

# Rests on the environment and the published figures alone; what lies in output/ is judged.
audit: data/SHA256SUMS tools
	@$(RUN) code/audit.py

freeze: env
	@$(RUN) code/audit.py freeze --message "$${MESSAGE-}"

readme: all
	@$(RUN) code/render.py --readme README.md $$(grep -l 'written by make readme' docs/*.md)

lint: tools
	@$(RUN) -m ruff check code tests
	@$(RUN) -m ruff format --check code tests
	@$(RUN) -m mypy

lock:
	for name in requirements requirements-tools; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command "make lock" $$name.in -o $$name.lock || exit; \
	done

clean:
	rm -rf .venv .make data/derived
