"""Treatment times a moderator."""

import numpy as np
import pandas as pd
from scipy import special

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.inference.products import by_permuted_products
from pilotzone.engine.linear import identified, regression
from pilotzone.engine.values import with_values
from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.panels.store import Store

MARGINAL_POINTS = 41


def moderation(data: Design, store: Store) -> Result:
    """Treatment times a moderator with mean 0 and standard deviation 1 over the sample.

    ``timing`` says whether the moderator is that of the first year, constant within units, or that
    of the year, which then enters on its own as well.

    Without moderator × period among the effects the product also holds whatever units with a high
    moderator do anyway, by a trend of their own. With inference ``permutation`` p and interval of
    treatment and product are those of paths dealt to other units, the moderator where it is.
    """
    name, timing = str(data.spec.option("moderator")), str(data.spec.option("timing"))
    data = with_values(data, name, every_year=timing == "contemporaneous")
    columns, names, z = moderator_columns(data)
    result = identified(data, columns, names)
    terms, fields = estimate_rows(result, len(names)), model_fields(result, data)
    if data.spec.inference.name == "permutation":
        kept = ~result.singletons
        multipliers = dict(zip(names, (np.ones(kept.sum()), z[kept]), strict=False))
        further = dict(zip(names[2:], (column[kept] for column in columns[2:]), strict=True))
        terms = by_permuted_products(regression(data), multipliers, further, terms)
        fields["inference"] = f"permutation:{data.spec.inference.cluster}"
    return Result(terms, fields, {"marginal": _marginal(result, z)})


def moderator_columns(data: Design) -> tuple[list[np.ndarray], tuple[str, ...], np.ndarray]:
    """Return treatment, its product with the moderator (and the moderator), names, moderator.

    Raises
    ------
    NotIdentified
        If the moderator is the same in all rows.
    """
    name, timing = str(data.spec.option("moderator")), str(data.spec.option("timing"))
    now = timing == "contemporaneous"
    raw = data.frame[name].to_numpy(dtype=float) if now else data.first_value(name).astype(float)
    if np.ptp(raw) == 0:
        raise NotIdentified("constant_moderator", variable=name)
    z = (raw - raw.mean()) / raw.std()
    treatment = data.spec.treatment
    names = (treatment, f"{treatment}#{name}", *((name,) if now else ()))
    return [data.treatment, data.treatment * z, *((z,) if now else ())], names, z


def _marginal(result: LinearFit, z: np.ndarray) -> pd.DataFrame:
    """Return the effect β + δz over the range of the moderator with its interval."""
    grid = np.linspace(z.min(), z.max(), MARGINAL_POINTS)
    along = np.column_stack([np.ones_like(grid), grid])
    value = along @ result.coefficients[:2]
    error = np.sqrt(np.einsum("ij,jk,ik->i", along, result.covariance[:2, :2], along))
    reach = special.stdtrit(result.df, 0.5 + estimates.LEVEL / 2) * error
    return pd.DataFrame(
        {"moderator": grid, "estimate": value, "ci_low": value - reach, "ci_high": value + reach}
    )
