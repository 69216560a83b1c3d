"""Is the convention found, and is a wrong digit seen? 500 tables from hidden conventions.

python tests/benchmarks/whose.py
python tests/benchmarks/whose.py --tables 50 --seed 2

Prints in how many tables the hidden convention is among those found, in how many with one digit
changed nothing fits, and the median number of conventions that fit by what is printed; and how many
of the tables that pyfixest, linearmodels and statsmodels made are found. Exit status 1 if a
convention is missed or a changed digit passes in more than 5 %.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hidden as tables
import libraries

from pilotzone.reader.tabular import read_table
from pilotzone.whose import config, table
from pilotzone.whose.candidates import Candidates
from pilotzone.whose.report import frame
from pilotzone.whose.search import Question, question, search

SEED = 20150307
TABLES = 500
# Tables with a changed digit that nothing fits.
SEEN = 0.95


def asker(panel):
    """Return a function from a table's file to what fits its first column."""
    candidates = Candidates(read_table(panel.path), config.read(panel.config))
    choices = candidates.config

    def ask(path):
        columns = table.columns(path.name, table.read(path), choices.treatments, choices.regressors)
        return search(Question(tuple(columns), candidates))[0].fits

    return ask


def holds(fits, hidden, found):
    """Say whether the hidden convention is among those found."""
    wanted = (
        *(hidden.outcome, hidden.treatment, "+".join(hidden.controls), hidden.sample),
        *(hidden.effects, hidden.transform, str(hidden.lag), hidden.weights),
    )
    made = (hidden.cluster, hidden.small_sample, hidden.distribution, hidden.parentheses)
    r2 = hidden.r2 if "R²" in hidden.printed else "none"
    return any(
        one.choices == wanted
        and (one.cluster, one.small_sample, one.distribution, one.parentheses) == made
        and one.r2 == r2
        and one.nobs == found["n"]
        for one in fits
    )


def run(panels, count, seed, folder, say=print):
    """Return hits, and by changed cell and by what is printed lists of counts."""
    ask = {panel.name: asker(panel) for panel in panels}
    hits, changed, sizes = [], {}, {}
    start = time.monotonic()
    for at, (panel, hidden, rows, found, rng) in enumerate(tables.cases(panels, count, seed), 1):
        fits = ask[panel.name](tables.write(rows, folder / "table.csv"))
        hits.append(holds(fits, hidden, found))
        if not hits[-1]:
            say(f"missed: {panel.name} {hidden}")
        sizes.setdefault((hidden.printed, hidden.decimals), []).append(len(fits))
        wrong, name = tables.perturbed(rows, rng)
        fits = ask[panel.name](tables.write(wrong, folder / "table.csv"))
        changed.setdefault((hidden.printed, name), []).append(not fits)
        if at % 50 == 0:
            say(f"[{at}/{count}] {time.monotonic() - start:.0f} s")
    return hits, changed, sizes


def made_by_libraries(folder):
    """Return the tables of the libraries, made in a process of its own; the panel is written."""
    target = folder / "libraries.json"
    done = subprocess.run(
        [sys.executable, Path(libraries.__file__), target],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(target.read_text())


def found_of_library(one, folder):
    """Say whether what made a table of a library is among what fits."""
    panel, config = folder / "panel.csv", folder / "candidates.toml"
    libraries.panel().to_csv(panel, index=False)
    config.write_text(libraries.CONFIG)
    path = tables.write(one["rows"], folder / "table.csv")
    fits = frame(search(question(path, panel, config)))
    for name, value in one["wanted"].items():
        fits = fits[fits[name].astype(str) == value]
    return len(fits) > 0


def main(argv=None):
    """Run the bench and say whether it is passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=TABLES)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        hits, changed, sizes = run(tables.panels(place), args.tables, args.seed, place)
        own = [found_of_library(one, place) for one in made_by_libraries(place)]
    seen = [one for values in changed.values() for one in values]
    print(f"whose: the hidden convention is found in {sum(hits)} of {len(hits)} tables")
    print(f"whose: of tables that libraries made, {sum(own)} of {len(own)} are found")
    print(f"whose: with one digit changed nothing fits in {sum(seen)} of {len(seen)}")
    for title, at in (("printed", 0), ("changed cell", 1)):
        for key in sorted({key[at] for key in changed}):
            values = [one for name, some in changed.items() if name[at] == key for one in some]
            print(f"  {title} {key}: {sum(values)} of {len(values)}")
    print("whose: median number of conventions that fit, by what is printed and decimals")
    for (printed, decimals), values in sorted(sizes.items()):
        print(f"  {printed}, {decimals} decimals: {statistics.median(values):g} ({len(values)})")
    return int(not all(hits + own) or sum(seen) < SEEN * len(seen))


if __name__ == "__main__":
    sys.exit(main())
