"""A multiverse: every specification of a lattice, and tests of all together under dealt roll-outs.

Tasks of some seconds write the specifications of a block (Parquet) and the tally of its draws; both
stay below ``output/multiverse`` until the lattice or a method changes. The summary is made of them.
"""

import contextlib
import dataclasses
import functools
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description, Sample
from pilotzone.catalogue.lattice import Lattice, Subset
from pilotzone.catalogue.treatments import coding_and_timing
from pilotzone.engine.lattice import FREE, Found, RollOut, counted, regressions, staggered
from pilotzone.engine.spread import folder, spread
from pilotzone.errors import UserError
from pilotzone.estimates import replace_bytes
from pilotzone.methods.multiverse.joint import LEVEL, Tally, curve, joint_tests
from pilotzone.methods.multiverse.shapley import is_full, shapley_shares
from pilotzone.panels.store import FolderStore, Store

# Numbers (specification × draw × unit) in a task: some ten seconds.
TASK_NUMBERS = 150_000_000
POINTS = 500
# More specifications start only with LIMIT=.
LIMIT = 300_000
CHOICES = ("coding", "timing", "outcome", "sample", "effects")


@dataclasses.dataclass(frozen=True)
class Task:
    """Some sets of controls in a sample; without sets, the staggered estimators in it."""

    number: int
    sample: str | Sample
    subsets: tuple[Subset, ...]


def multiverse(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return joint tests, the curve with its band, and what each choice does.

    Raises
    ------
    UserError
        If there are more specifications than the limit, or a treatment does not vary in a sample.
    """
    lattice = description.lattice
    _require_allowed(lattice.count)
    with _folder(description, store) as where:
        tasks = _tasks(lattice, store, description.draws)
        work = functools.partial(_done, description, _opener(store), where)
        numbers = lattice.count * (description.draws + 1) * _units(store, lattice)
        most = max(1, numbers // TASK_NUMBERS)
        spread("multiverse", tasks, work, lambda task: _file(where, task, "parquet").exists(), most)
        rows = pd.concat(
            [pd.read_parquet(_file(where, task, "parquet")) for task in tasks], ignore_index=True
        )
        tallies = functools.reduce(_merged, (_read(_file(where, task, "npz")) for task in tasks))
    return _parts(description, rows, tallies)


def _require_allowed(count: int) -> None:
    """Refuse more specifications than the limit."""
    said = os.environ.get("LIMIT", str(LIMIT))
    if not said.isdecimal():
        raise UserError(f"LIMIT={said} is no number of specifications")
    if count > int(said):
        raise UserError(f"{count} specifications, more than {said}; LIMIT={count} takes them")


@contextlib.contextmanager
def _folder(description: Description, store: Store) -> Iterator[Path]:
    """Give where blocks are kept, by all that decides their numbers.

    Those of a reader's panel are not kept: they are few, and his panel may change.
    """
    if not isinstance(store, FolderStore):
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)
        return
    panel = store.panel(description.lattice.rows.panel)
    digest = pd.util.hash_pandas_object(panel.frame).to_numpy().tobytes()
    told = description.resolved(), digest
    yield folder(store.folder.parents[1] / "output/multiverse", told, _sources())


def _sources() -> list[Path]:
    """Return the files an edit of which may move a block: those of every method, and the engine."""
    code = Path(__file__).parents[1]
    return sorted(file for name in ("engine", "methods") for file in (code / name).rglob("*.py"))


def _opener(store: Store) -> functools.partial:
    """Return what opens the store in another process: its folder, or itself."""
    if isinstance(store, FolderStore):
        return functools.partial(_opened, store.folder)
    return functools.partial(_itself, store)


@functools.lru_cache(maxsize=1)
def _opened(path: Path) -> FolderStore:
    return FolderStore(path)


def _itself(store: Store) -> Store:
    return store


def _tasks(lattice: Lattice, store: Store, draws: int) -> list[Task]:
    units = _units(store, lattice)
    each = lattice.count // (len(lattice.samples) * len(lattice.subsets)) or 1
    size = max(1, TASK_NUMBERS // (each * (draws + 1) * units))
    chunks = [lattice.subsets[i : i + size] for i in range(0, len(lattice.subsets), size)]
    if lattice.staggered_pairs:
        chunks.append(())
    pairs = ((sample, chunk) for sample in lattice.samples for chunk in chunks)
    return [Task(number, *pair) for number, pair in enumerate(pairs)]


def _units(store: Store, lattice: Lattice) -> int:
    panel = store.panel(lattice.rows.panel)
    return panel.frame[panel.unit].nunique()


def _file(where: Path, task: Task, ending: str) -> Path:
    return where / f"{task.number:04d}.{ending}"


def _done(description: Description, opener: functools.partial, where: Path, task: Task) -> None:
    """Write the files of a task, its specifications last."""
    store = opener()
    rollout = _rollout(description, store)
    found = _found(description.lattice, task, rollout, store)
    ways = tuple(rollout.orders)
    rows, tallies = counted(found, description.draws, ways, description.lattice.sign)
    replace_bytes(_file(where, task, "npz"), _packed(tallies))
    replace_bytes(_file(where, task, "parquet"), rows.to_parquet(index=False))


def _found(lattice: Lattice, task: Task, rollout: RollOut, store: Store) -> Iterator[Found]:
    if not task.subsets:
        yield from staggered(lattice, task.sample, rollout, store)
    for subset in task.subsets:
        yield from regressions(lattice, task.sample, subset, rollout, store)


def _rollout(description: Description, store: Store) -> RollOut:
    within = str(description.option("within"))
    given = description.draws, description.seed, "" if within == "none" else within
    return RollOut.of(description.lattice, store, *given)


def _packed(tallies: dict[str, Tally]) -> bytes:
    arrays = {}
    for way, tally in tallies.items():
        arrays |= {f"{way}:{name}": value for name, value in dataclasses.asdict(tally).items()}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _read(path: Path) -> dict[str, Tally]:
    with np.load(path) as arrays:
        found: dict[str, dict[str, object]] = {}
        for key in arrays.files:
            way, _, name = key.partition(":")
            value = arrays[key]
            found.setdefault(way, {})[name] = value if value.ndim else int(value)
    return {way: Tally(**fields) for way, fields in found.items()}


def _merged(one: dict[str, Tally], other: dict[str, Tally]) -> dict[str, Tally]:
    return {way: tally.merged(other[way]) for way, tally in one.items()}


def _parts(
    description: Description, rows: pd.DataFrame, tallies: dict[str, Tally]
) -> dict[str, pd.DataFrame]:
    lattice = description.lattice
    coded = [coding_and_timing(name) for name in rows["treatment"]]
    rows = rows.assign(coding=[c for c, _ in coded], timing=[t for _, t in coded])
    shared = {"panel": lattice.rows.panel, "specifications": len(rows)}
    shared |= {"permutations": description.draws}
    summary = []
    for way, tally in tallies.items():
        for statistic, (value, p) in joint_tests(tally).items():
            exact = float(rows["estimate"].median()) if statistic == "median" else value
            numbers = {"value": exact, "p_value": p}
            summary.append({**shared, "within": way, "statistic": statistic, **numbers})
    for statistic, value in _shapley(rows, lattice).items():
        summary.append({**shared, "within": FREE, "statistic": statistic, "value": value})
    ways = rows["way"].value_counts()
    undefined = next(iter(tallies.values())).undefined
    counts = {f"by:{way}": n for way, n in ways.items()}
    counts |= {"not_dealt": lattice.count - len(rows), "undefined": undefined}
    for statistic, value in counts.items():
        summary.append({**shared, "within": FREE, "statistic": statistic, "value": value})
    curves = [
        pd.DataFrame(curve(tally, POINTS)).assign(panel=lattice.rows.panel, within=way)
        for way, tally in tallies.items()
    ]
    return {
        "": pd.DataFrame(summary),
        "curve": pd.concat(curves, ignore_index=True),
        "choices": _by_choice(rows, lattice),
    }


def _control_choices(rows: pd.DataFrame, lattice: Lattice) -> dict[str, np.ndarray]:
    """Return the set of each specification, or of each control whether it is in it."""
    if lattice.sets:
        named = {"+".join(c): n for c, n in zip(lattice.subsets, lattice.sets, strict=True)}
        return {"controls": rows["controls"].map(named).to_numpy()}
    held = rows["controls"].str.split("+")
    return {
        f"control:{name}": np.array(["with" if name in one else "without" for one in held])
        for name in lattice.controls
    }


def _shapley(rows: pd.DataFrame, lattice: Lattice) -> dict[str, float]:
    """Return which choice moves the size and the sign of the two-way regressions."""
    mine = rows[rows["estimator"] == "twfe"]
    choices = {name: mine[name].to_numpy(dtype=str) for name in CHOICES}
    choices |= _control_choices(mine, lattice)
    choices = {name: codes for name, codes in choices.items() if len(set(codes.tolist())) > 1}
    if not choices:
        return {}
    found = {}
    moved = {"": mine["estimate"], "_sign": (mine["estimate"] > 0).astype(float)}
    for what, values in moved.items():
        for name, share in shapley_shares(choices, values.to_numpy()).items():
            found[f"shapley{what}:{name}"] = share
    return {**found, "full_lattice": float(is_full(choices))}


def _by_choice(rows: pd.DataFrame, lattice: Lattice) -> pd.DataFrame:
    """Return what the specifications of each choice show: median, signs, significance."""
    claimed = rows["estimate"] * lattice.sign > 0
    table = rows.assign(with_sign=claimed, significant=claimed & (rows["p_value"] < LEVEL))
    controls = _control_choices(table, lattice)
    table = table.assign(**controls)
    axes = [*CHOICES, "estimator", *controls]
    axes = [name for name in axes if table[name].nunique() > 1]
    tables = []
    for axis in axes:
        group = table.groupby(axis, sort=True)
        made = pd.DataFrame(
            {
                "median": group["estimate"].median(),
                "share_sign": group["with_sign"].mean(),
                "share_significant": group["significant"].mean(),
                "specifications": group.size(),
            }
        )
        tables.append(made.reset_index(names="value").assign(choice=axis))
    return pd.concat(tables, ignore_index=True).assign(panel=lattice.rows.panel)
