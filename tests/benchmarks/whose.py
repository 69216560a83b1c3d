"""Is the convention found, and is a wrong digit seen? 500 tables from hidden conventions.

python tests/benchmarks/whose.py
python tests/benchmarks/whose.py --tables 50 --seed 2

Prints in how many tables the hidden convention of every column is among those found, where there
are several columns with all of them used together; in how many with one digit changed nothing fits;
the median number of conventions that fit a column, by what is printed and by itself or together;
and how many of the tables that pyfixest, linearmodels and statsmodels made are found. Exit status 1
if a convention is missed or a changed digit passes in more than 5 %.
"""

import argparse
import dataclasses
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import hidden as tables
import libraries

from pilotzone.reader.tabular import read_table
from pilotzone.whose import config, table
from pilotzone.whose.candidates import Candidates
from pilotzone.whose.report import frame
from pilotzone.whose.search import Question, search

SEED = 20150307
TABLES = 500
# Tables with a changed digit that nothing fits.
SEEN = 0.95


def asker(panel):
    """Return a function from a table's file to what fits each of its columns."""
    candidates = Candidates(read_table(panel.path), config.read(panel.config))
    choices = candidates.config

    def ask(path):
        columns = table.columns(path.name, table.read(path), choices.treatments, choices.regressors)
        return search(Question(tuple(columns), candidates))

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


def all_hold(case, found):
    """Say whether the convention of every column is found, together if there are several."""
    pairs = zip(found, case.columns, case.found, strict=True)
    together = len(found) == 1 or all(one.jointly for one in found)
    return together and all(holds(one.fits, hidden, made) for one, hidden, made in pairs)


def nothing_fits(found, number):
    """Say whether nothing fits a column by itself, or together with the others of its N."""
    one = found[number - 1]
    return not one.fits or (one.beside > 1 and not one.jointly)


@dataclasses.dataclass
class Score:
    """Results by table and by column.

    Attributes
    ----------
    hits : of each table; ``several`` says which of them have more than one column.
    changed : by what is printed, changed cell and number of columns, whether it was seen.
    sizes : by what is printed and decimals, numbers of conventions of tables of one column.
    alone, together : of each column of the others.
    """

    hits: list[bool] = dataclasses.field(default_factory=list)
    several: list[bool] = dataclasses.field(default_factory=list)
    changed: dict[tuple[str, str, int], list[bool]] = dataclasses.field(default_factory=dict)
    sizes: dict[tuple[str, int], list[int]] = dataclasses.field(default_factory=dict)
    alone: list[int] = dataclasses.field(default_factory=list)
    together: list[int] = dataclasses.field(default_factory=list)

    def count(self, case, found):
        """Count a table as it was printed."""
        self.hits.append(all_hold(case, found))
        self.several.append(len(found) > 1)
        if len(found) == 1:
            key = case.columns[0].printed, case.columns[0].decimals
            self.sizes.setdefault(key, []).append(len(found[0].fits))
        else:
            self.alone += [len(one.alone) for one in found]
            self.together += [len(one.fits) for one in found]


def run(ask, panels, count, seed, folder, say=print):
    """Put tables, and each with one digit changed, to the search; return the score.

    ``ask`` is the asker of each panel by its name.
    """
    score = Score()
    start = time.monotonic()
    for at, (case, rng) in enumerate(tables.cases(panels, count, seed), 1):
        name = case.panel.name
        score.count(case, ask[name](tables.write(case.rows, folder / "table.csv")))
        if not score.hits[-1]:
            say(f"missed: {name} {case.columns}")
        wrong, cell, number = tables.perturbed(case.rows, rng)
        found = ask[name](tables.write(wrong, folder / "table.csv"))
        key = case.columns[0].printed, cell, len(found)
        score.changed.setdefault(key, []).append(nothing_fits(found, number))
        if at % 50 == 0:
            say(f"[{at}/{count}] {time.monotonic() - start:.0f} s")
    return score


def made_by_libraries(folder):
    """Return the tables of the libraries, made in a process with the hash seed that they need."""
    target = folder / "libraries.json"
    if os.environ.get("PYTHONHASHSEED") == "0":
        libraries.main(target)
        return json.loads(target.read_text())
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


def asker_of_libraries(folder):
    """Return the asker of the panel of the libraries, which is written."""
    panel = SimpleNamespace(path=folder / "panel.csv", config=folder / "candidates.toml")
    libraries.panel().to_csv(panel.path, index=False)
    panel.config.write_text(libraries.CONFIG)
    return asker(panel)


def found_of_library(ask, one, folder):
    """Say whether what made a table of a library is among what fits."""
    fits = frame(ask(tables.write(one["rows"], folder / "table.csv")))
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
        panels, of_libraries = tables.panels(place), asker_of_libraries(place)
        ask = {panel.name: asker(panel) for panel in panels}
        score = run(ask, panels, args.tables, args.seed, place)
        own = [found_of_library(of_libraries, one, place) for one in made_by_libraries(place)]
    seen = [one for values in score.changed.values() for one in values]
    tell(score, own, seen)
    return int(not all(score.hits + own) or sum(seen) < SEEN * len(seen))


def tell(score, own, seen):
    """Print the results."""
    hits, several = score.hits, score.several
    print(f"whose: the hidden convention is found in {sum(hits)} of {len(hits)} tables")
    joint = [hit for hit, many in zip(hits, several, strict=True) if many]
    print(f"whose: of {len(joint)} with several columns, used together, {sum(joint)}")
    print(f"whose: of tables that libraries made, {sum(own)} of {len(own)} are found")
    print(f"whose: with one digit changed nothing fits in {sum(seen)} of {len(seen)}")
    for title, at in (("printed", 0), ("changed cell", 1), ("columns", 2)):
        for key in sorted({key[at] for key in score.changed}):
            parts = [some for name, some in score.changed.items() if name[at] == key]
            values = list(itertools.chain.from_iterable(parts))
            print(f"  {title} {key}: {sum(values)} of {len(values)}")
    print("whose: median number of conventions that fit, by what is printed and decimals")
    for (printed, decimals), values in sorted(score.sizes.items()):
        print(f"  {printed}, {decimals} decimals: {statistics.median(values):g} ({len(values)})")
    if score.alone:
        medians = [f"{statistics.median(values):g}" for values in (score.alone, score.together)]
        print(f"  a column of several: {' by itself, '.join(medians)} with the others")


if __name__ == "__main__":
    sys.exit(main())
