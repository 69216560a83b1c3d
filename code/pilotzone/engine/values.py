"""Further variables of a column: groups, moderators, mediators."""

from pilotzone.engine.design import Design
from pilotzone.errors import UserError
from pilotzone.panels import city_variables, province_indices

# Indicators of every index of provinces and cities.
INDICATORS = {
    variant.id: variant.system.ids
    for variant in (
        *(*province_indices.VARIANTS, *province_indices.REBUILT),
        *city_variables.VARIANTS,
    )
}


def with_values(data: Design, name: str, *, every_year: bool) -> Design:
    """Return the rows that can use a further variable, the others counted as dropped.

    Parameters
    ----------
    data : Design
    name : str
        A column of the panel.
    every_year : bool
        Whether a row needs the value of its own year, or its unit one of any year.

    Raises
    ------
    UserError
        If the panel has no such column, it is an indicator of the outcome, or the sample refuses
        missing cells.
    """
    data.panel.require(name)
    if name in INDICATORS.get(data.spec.outcome.removeprefix("ln_"), ()):
        raise UserError(
            f"'{name}' is an indicator of the outcome '{data.spec.outcome}': the column would "
            "explain a part by itself; choose an index that is built without it"
        )
    has = data.frame[name].notna()
    by_unit = has.groupby(data.unit)
    incomplete = data.spec.rows.incomplete
    if not every_year:
        has = by_unit.transform("any")
    elif incomplete == "drop_units":
        has = by_unit.transform("all")
    if has.all():
        return data
    lost = int((~has).sum())
    if incomplete == "refuse":
        row = data.frame[~has].iloc[0]
        raise UserError(
            f"'{name}' is missing for {row[data.panel.unit]} {row[data.panel.period]} and "
            f"{lost - 1} further rows of sample '{data.spec.rows.id}'; choose another one"
        )
    return data.without(~has.to_numpy())
