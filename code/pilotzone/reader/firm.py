"""A reader's panel of firms: fields, indicators, index, sample rules, and the zones of cities.

The configuration maps columns to fields (:mod:`pilotzone.reader.firm_config`). A cell that cannot
be meant is refused with its line; a column in an unlikely unit, a field without a column, a firm
that moves and every row that is left out are counted and named in the notes.
"""

import dataclasses
from pathlib import Path

import pandas as pd

from pilotzone.catalogue import Sample
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.construct import Source
from pilotzone.panels.raw import RawTables, read_raw
from pilotzone.panels.store import Panel
from pilotzone.reader import firm_sample, tabular
from pilotzone.reader.firm_config import Config, read_config
from pilotzone.reader.firm_fields import KEYS, plausible, read_fields
from pilotzone.reader.firm_notes import moves, summary, switched_off
from pilotzone.reader.firm_variables import formulas_of, system_of, with_variables
from pilotzone.reader.firm_zones import with_zones
from pilotzone.reader.tabular import Table


@dataclasses.dataclass(frozen=True)
class FirmPanel:
    """A reader's panel of firms, checked.

    Attributes
    ----------
    file : name of the panel's file.
    panel : complete rows by ``firm`` and ``year``, sorted; the roll-out over all firms and years.
    tables : ``firm_flow`` and ``firm_index_weights``.
    samples : the samples of firms by id, as this panel has them.
    controls : the sets of controls by name, without what the panel does not hold.
    notes : what was found on the way, a line each.
    weights : firms have no matrix.
    """

    file: str
    panel: Panel
    tables: dict[str, pd.DataFrame]
    samples: dict[str, Sample]
    controls: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]
    config: Config
    weights: SpatialWeights | None = None


def read_firms(panel_file: Path, config_file: Path, raw_folder: Path) -> FirmPanel:
    """Read and check a reader's panel of firms.

    Parameters
    ----------
    raw_folder : the published figures, for cities, provinces and pilot zones.

    Raises UserError at the first thing that cannot be meant; file, column and line are named.
    """
    config = read_config(config_file)
    return build(tabular.read_table(panel_file), config, read_raw(raw_folder, city=False))


def build(table: Table, config: Config, figures: RawTables) -> FirmPanel:
    """Build the panel from a table as read.

    Parameters
    ----------
    figures : cities, provinces and pilot zones.

    Raises UserError as :func:`read_firms`.
    """
    tabular.require(table, {column: field for field, column in config.columns.items()})
    frame, read = read_fields(table, config, figures.cities["city_code"])
    unlikely = plausible(table, config, frame)
    system = system_of(table.name, config)
    source = Source(table.name, "firm", formulas_of(system, config))
    frame = with_variables(frame, source, config)
    frame, grid = with_zones(table.name, frame, config, figures)
    rules = tuple(
        rule for rule in config.leave_out if firm_sample.RULE_FIELDS[rule] in config.columns
    )
    frame = firm_sample.with_attributes(frame, config, system, rules)
    years = (int(frame["year"].min()), int(frame["year"].max()))
    controls, constant = firm_sample.controls_of(frame)
    every = firm_sample.samples_of(years, rules)
    frame, flow = firm_sample.cut_and_counted(frame, config, system, every)
    frame = frame[frame["complete"] == 1].drop(columns="complete")
    frame = frame.sort_values(KEYS).reset_index(drop=True)
    scores, weights, unmade = firm_sample.indices(frame, system, source, every["firm"])
    frame = frame.assign(**scores)
    notes = (
        *(*summary(table.name, frame, flow, grid, weights), *table.notes, *read, *unlikely),
        *(*moves(frame, grid, config), *switched_off(config), *constant, *unmade),
    )
    return FirmPanel(
        file=table.name,
        panel=Panel("firm", frame, "firm", "year", grid),
        tables={"firm_flow": flow, "firm_index_weights": weights},
        samples=every,
        controls=firm_sample.control_sets(controls),
        notes=notes,
        config=config,
    )
