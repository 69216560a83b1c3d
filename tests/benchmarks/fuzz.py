"""Damaged files at the doors of the project: every answer is a result or one line.

python tests/benchmarks/fuzz.py                      500 inputs for each door
python tests/benchmarks/fuzz.py --number 30 --doors index

A door is what takes a file of somebody else: a panel, firms, a system of indicators, a typed
table, a roster. Input k of a door follows from its number alone: a valid file with one to three
faults. What may not happen: an exception, more than one line behind status 2, more than a minute, a
file outside the target folder. Estimating takes seconds, so of the inputs that can be read one in
twenty is estimated and rendered; the others are read, checked and planned.
"""

import argparse
import contextlib
import functools
import importlib.util
import io
import itertools
import signal
import sys
import tempfile
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "code"))

SECONDS = 60
ESTIMATED_OF = 20
FIRMS, YEARS, CITIES = 40, 7, 20
CELLS = (
    *("", " ", ".", "NaN", "inf", "-inf", "1e308", "99999999", "-1", "0", "1.5", "1e-320", "None"),
    *("<script>alert(1)</script>", "a|b", "*x*", "[x](http://y)", "=1+1", "二〇一五", "2015-01-01"),
    *('"', "'", "\0", "\r", "x" * 5000, "9" * 5000, "é", "\ufeff", "\u202e", "1,5", "..\\..\\a"),
)
VALUES = (
    *("1", "-1", "0", "1.5", "true", '""', '"year"', '"x"', "[]", "[1]", '["a", 1]', "{}", "nan"),
    *("{a = 1}", "inf", "2015-01-01", "[" * 400 + "]" * 400, "9" * 4000, "9" * 5000, '"../x"'),
    *('"' + "(" * 300 + "a" + ")" * 300 + '"', '"a / 0"', '"1"', '"ln(-1)"', '"__import__"'),
    *('"' + "-" * 900 + 'x"', '"\\u0000"', '"' + "x" * 3000 + '"', '"<b>|*"', "[[[[{a=[1]}]]]]"),
)
ENCODINGS = ("gb18030", "utf-16", "utf-16-le", "latin-1", "utf-32", "utf-8-sig")


class Hang(BaseException):
    """More than the seconds that an answer may take; nothing catches it by accident."""


@dataclass(frozen=True)
class Input:
    """What a script is called with, and where it may write."""

    argv: list[str]
    target: Path
    whole: bool


@dataclass(frozen=True)
class Outcome:
    """How a door answered: ``done``, ``refused`` or what is wrong with the answer."""

    door: str
    number: int
    kind: str
    told: str = ""

    @property
    def fault(self) -> bool:
        """Whether the answer is none."""
        return self.kind not in ("done", "refused")


def script(name: str, path: Path | None = None) -> object:
    """Return a script as a module."""
    found = importlib.util.spec_from_file_location(name, path or ROOT / f"code/{name}.py")
    module = importlib.util.module_from_spec(found)
    sys.modules.setdefault(found.name, module)
    found.loader.exec_module(module)
    return module


def _panel() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    first = np.repeat([0, 2013, 2015, 2014] * 2, 7)
    year = np.tile(np.arange(2010, 2017), 8)
    treated = ((first > 0) & (year >= first)).astype(int)
    unit = [f"u{i}" for i in np.repeat(np.arange(8), 7)]
    return pd.DataFrame(
        {"unit": unit, "year": year, "d": treated, "first": first}
        | {"pop": np.repeat(np.arange(1, 9), 7), "half": np.repeat(["a", "b"] * 4, 7)}
        | {"y": rng.normal(size=56).round(4), "x": rng.normal(size=56).round(4)}
    )


PANEL = (
    'unit = "unit"\nperiod = "year"\noutcome = "y"\nfirst_treated = "first"\ncontrols = ["x"]\n'
    'covariates = ["x"]\nweights = "pop"\nheterogeneity = "half"\nwindow = [-2, 2]\n'
    'seed = 1\ndraws = 99\nkind = "firm"\n[labels]\ny = "Outcome"\n[multiverse]\n'
    'effects = ["two_way"]\n[multiverse.samples]\nfrom_2011 = ["year < 2011"]\n'
)
TYPED = (
    "term,estimate,std_error,t,stars,n,p,ci_low,ci_high,df\n"
    "treated,0.050,0.020,2.50,**,300,0.013,0.011,0.089,\ngdp,1.2,(0.3),4.0,***,300,,,,29\n"
)


def _firms() -> tuple[str, str]:
    made_up = script("made_up_firms", ROOT / "tests/fixtures/firms.py")
    from pilotzone.panels import raw

    figures = raw.read_raw(ROOT / "data/raw", city=False)
    with tempfile.TemporaryDirectory() as folder:
        made = made_up.make(figures=figures, firms=FIRMS, years=YEARS, cities=CITIES)
        files = made_up.write(Path(folder), made)
        return tuple(file.read_text(encoding="utf-8") for file in files)


def damaged_text(text: str, rng: np.random.Generator) -> str:
    """Return a table with one fault in a line or a cell."""
    lines = text.split("\n")
    row = int(rng.integers(len(lines)))
    cells = lines[row].split(",")
    place = int(rng.integers(len(cells)))
    cells[place] = str(rng.choice(CELLS))
    changed = [*lines[:row], ",".join(cells), *lines[row + 1 :]]
    columns = [line.split(",") for line in lines]
    width = min(map(len, columns[:-1] or columns))
    one = str(rng.choice(CELLS))
    column = int(rng.integers(width)) if width else 0
    same = [[*c[:column], one if k else c[column], *c[column + 1 :]] for k, c in enumerate(columns)]
    choices = (
        changed,
        changed,
        [",".join(line) if width else "" for line in same[:-1]] if width else [],
        lines[:row],
        [*lines, lines[row]],
        [lines[0], *reversed(lines[1:])],
        [line.replace(",", ";") for line in lines],
        [lines[0].replace(cells[place] or "y", "y", 1), *lines[1:]],
    )
    return "\n".join(choices[int(rng.integers(len(choices)))])


def damaged_toml(text: str, rng: np.random.Generator) -> str:
    """Return a configuration with one fault in a line."""
    lines = text.split("\n")
    row = int(rng.integers(len(lines)))
    key, equals, _ = lines[row].partition("=")
    value = str(rng.choice(VALUES))
    put = f"{key}= {value}" if equals else f"{lines[row]}\n{rng.choice(['id', 'a', 'y'])} = {value}"
    choices = (
        [*lines[:row], put, *lines[row + 1 :]],
        [*lines[:row], put, *lines[row + 1 :]],
        [*lines[:row], *lines[row + 1 :]],
        lines[:row],
        [*lines, "[[indicator]]"],
        [f"unknown = {value}", *lines],
        [*lines[:row], lines[row].replace('"', "", 1), *lines[row + 1 :]],
    )
    return "\n".join(choices[int(rng.integers(len(choices)))])


def damaged_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes of another encoding, cut, mixed or none."""
    text = content.decode("utf-8", errors="ignore")
    place = int(rng.integers(len(content) + 1))
    return (
        lambda: text.encode(str(rng.choice(ENCODINGS)), errors="ignore"),
        lambda: content[:place],
        lambda: content[:place] + rng.bytes(4) + content[place:],
        lambda: b"",
        lambda: b"\0" * 100,
        lambda: content.replace(b"\n", b"\r\n"),
    )[int(rng.integers(6))]()


def _stored(path: Path, rng: np.random.Generator) -> Path:
    """Return the table of a text file as a workbook, Stata or Parquet file, if it can be one."""
    ending = str(rng.choice([".xlsx", ".dta", ".parquet", ".xls", ""]))
    other = path.with_suffix(ending)
    kind = rng.integers(3)
    try:
        frame = pd.read_csv(path)
        if kind == 1:
            frame = frame.convert_dtypes()
            frame.iloc[0, int(rng.integers(frame.shape[1]))] = pd.NA
        elif kind == 2:
            frame[str(rng.choice(frame.columns))] = [[1, 2]] * len(frame)
        writers = {".xlsx": frame.to_excel, ".dta": frame.to_stata, ".parquet": frame.to_parquet}
        key = {".dta": "write_index"}.get(ending, "index")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            writers[ending](other, **{key: False})
    except Exception:  # a damaged table that no such file holds: its bytes under that ending
        other.write_bytes(path.read_bytes())
    return other


def _path(path: Path, rng: np.random.Generator) -> str:
    """Return the path of a file, or now and then one that is none."""
    odd = ("x" * 300 + ".csv", "a\0b.csv", "no\nsuch.toml", str(path.parent), "", "/dev/null")
    return str(rng.choice(odd)) if rng.random() < 0.04 else str(path)


@dataclass(frozen=True)
class Door:
    """A script, the valid files that it takes and how it is called with damaged ones."""

    script: str
    files: Callable[[], tuple[tuple[str, str], ...]]
    argv: Callable[[list[str], Path], list[str]]


def _two(paths: list[str], target: Path) -> list[str]:
    return [*paths, "--output", str(target)]


def _whose() -> tuple[tuple[str, str], ...]:
    """The example of the documentation."""
    folder = ROOT / "examples"
    names = ("typed_table.csv", "my_panel.csv", "whose.toml")
    return tuple((name, (folder / name).read_text(encoding="utf-8")) for name in names)


@functools.cache
def _small_panel() -> tempfile.TemporaryDirectory:
    """A built city panel with made-up figures: the units of the example's roster, and as many more.

    It is deleted when the program ends.
    """
    held = tempfile.TemporaryDirectory(prefix="fuzz-panel-")
    folder = Path(held.name)
    every = pd.read_csv(ROOT / "data/raw/cities.csv", dtype=str)["city_code"]
    listed = set(pd.read_csv(ROOT / "examples/my_roster.csv", dtype=str)["unit_code"][:20])
    codes = sorted(listed | set(every[~every.isin(listed)][:20]))
    rng = np.random.default_rng(2)
    years = np.arange(2011, 2021)
    keys = {"city_code": np.repeat(codes, len(years)), "year": np.tile(years, len(codes))}
    names = ("nqp_city", "finance", "fiscal_share", "fdi_share", "urbanisation")
    figures = {name: rng.normal(size=len(keys["year"])).round(4) for name in names}
    figures |= {"ln_population_density": rng.normal(size=len(keys["year"])).round(4)}
    frame = pd.DataFrame(keys | figures).assign(balanced=1)
    frame.to_csv(folder / "city_panel.csv", index=False)
    frame[list(keys)].to_csv(folder / "city_rollout.csv", index=False)
    (folder / "weights").mkdir()
    near = np.eye(len(codes), k=1) + np.eye(len(codes), k=-1)
    near = pd.DataFrame(near / near.sum(axis=1, keepdims=True), columns=codes)
    near.insert(0, "unit", codes)
    near.to_csv(folder / "weights/city_nearest_6.csv", index=False)
    return held


def _policy(paths: list[str], target: Path) -> list[str]:
    chosen = ["--panel", "city", "--outcome", "nqp_city", "--derived", _small_panel().name]
    return ["--roster", *paths, *chosen, "--output", str(target)]


DOORS = {
    "panel": Door(
        "mine",
        lambda: (("p.csv", _panel().to_csv(index=False)), ("c.toml", PANEL)),
        _two,
    ),
    "firms": Door("firm", lambda: tuple(zip(("f.csv", "f.toml"), _firms(), strict=True)), _two),
    "index": Door(
        "build_panels",
        lambda: (("s.toml", (ROOT / "examples/green_system.toml").read_text(encoding="utf-8")),),
        lambda paths, target: ["--system", *paths, "--mine", str(target)],
    ),
    "table": Door("audit", lambda: (("t.csv", TYPED),), lambda paths, _: ["table", *paths]),
    "whose": Door("whose", _whose, _two),
    "policy": Door(
        "policy",
        lambda: (("r.csv", (ROOT / "examples/my_roster.csv").read_text(encoding="utf-8")),),
        _policy,
    ),
}


def make(door: str, files: Sequence[tuple[str, str]], number: int, folder: Path) -> Input:
    """Write input ``number`` of a door below a folder."""
    rng = np.random.default_rng([zlib.crc32(door.encode()), number])
    made = {}
    for name, text in files:
        made[name] = text
    for _ in range(int(rng.integers(1, 4))):
        name = str(rng.choice(list(made)))
        made[name] = (damaged_toml if name.endswith("toml") else damaged_text)(made[name], rng)
    paths = []
    for name, text in made.items():
        path = folder / name
        content = text.encode("utf-8", errors="replace")
        path.write_bytes(damaged_bytes(content, rng) if rng.random() < 0.15 else content)
        stored = name.endswith(".csv") and rng.random() < 0.2
        paths.append(_path(_stored(path, rng) if stored else path, rng))
    target = folder / "output"
    return Input(DOORS[door].argv(paths, target), target, number % ESTIMATED_OF == 0)


def _hang(*_: object) -> None:
    raise Hang


@contextlib.contextmanager
def _planned_only(whole: bool) -> Iterator[None]:
    """Let the battery be read and planned but not estimated."""
    from pilotzone.reader import mine

    estimating = mine.write
    if not whole:
        mine.write = lambda store, found, *_, **__: None
    try:
        yield
    finally:
        mine.write = estimating


@contextlib.contextmanager
def _published_once() -> Iterator[None]:
    """Read the published figures once: they stand undamaged behind every input."""
    from pilotzone.panels import raw
    from pilotzone.reader import firm, policy

    with contextlib.ExitStack() as stack:
        for module, name in ((raw, "read_raw"), (firm, "read_raw"), (policy, "read_places")):
            once = functools.cache(getattr(module, name))
            stack.enter_context(mock.patch.object(module, name, once))
        yield


def ask(door: str, module: object, files: Sequence[tuple[str, str]], number: int) -> Outcome:
    """Give input ``number`` to a door in a folder of its own, and judge the answer."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        given = make(door, files, number, folder)
        before = _outside(folder, given.target)
        told = io.StringIO()
        signal.signal(signal.SIGALRM, _hang)
        signal.alarm(SECONDS)
        try:
            with contextlib.ExitStack() as stack:
                stack.enter_context(contextlib.redirect_stderr(told))
                stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                stack.enter_context(_planned_only(given.whole))
                status = module.main(given.argv)
        except Hang:
            return Outcome(door, number, "hang", f"more than {SECONDS} s")
        except BaseException:
            return Outcome(door, number, "traceback", traceback.format_exc())
        finally:
            signal.alarm(0)
        line = told.getvalue()
        if _outside(folder, given.target) != before or list(given.target.glob(".draft-*")):
            return Outcome(door, number, "file outside the target", line)
        if status == 2 and line.count("\n") != 1:
            return Outcome(door, number, "not one line", line)
        return Outcome(door, number, "refused" if status == 2 else "done", line)


def _outside(folder: Path, target: Path) -> set[Path]:
    """Return the files that are there, beside those of the target."""
    near = itertools.chain(ROOT.iterdir(), (ROOT / "output").glob("*"), folder.rglob("*"))
    ours = {".pytest_cache", ".ruff_cache", ".hypothesis"}
    return {p for p in near if p != target and target not in p.parents and p.name not in ours}


def run(doors: Sequence[str], numbers: Sequence[int]) -> Iterator[Outcome]:
    """Give the answers of doors to their inputs with these numbers."""
    with _published_once():
        for door in doors:
            module, files = script(DOORS[door].script), DOORS[door].files()
            yield from (ask(door, module, files, number) for number in numbers)


def main(argv: Sequence[str] | None = None) -> int:
    """Ask the doors, print counts and every fault; 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=500, help="inputs for each door")
    parser.add_argument("--first", type=int, default=1, help="number of the first input")
    parser.add_argument("--doors", nargs="+", default=list(DOORS), choices=list(DOORS))
    args = parser.parse_args(argv)
    numbers = range(args.first, args.first + args.number)
    outcomes = list(run(args.doors, numbers))
    for one in outcomes:
        if one.fault:
            print(f"{one.door} {one.number}: {one.kind}\n{one.told}")
    for door in args.doors:
        counts = Counter(one.kind for one in outcomes if one.door == door)
        told = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
        print(f"fuzz {door}: {args.number} inputs: {told}")
    return int(any(one.fault for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
