"""Terms whose p-value carries no star, or whose error is withheld, each with its reason."""

from pathlib import Path

import pandas as pd

from pilotzone.estimates.files import read

KEYS = ["column", "term"]


def read_cautioned(folder: Path, exhibit_id: str) -> pd.DataFrame:
    """Return the main file of an exhibit with a column ``caution``, empty where there is none.

    Parameters
    ----------
    folder : Path
        The estimates files.
    exhibit_id : str

    Raises
    ------
    UserError
        If the main file is missing or is none of estimates.
    """
    main, path = read(folder / f"{exhibit_id}.csv"), folder / f"{exhibit_id}.cautions.csv"
    if "term" not in main.columns:
        return main
    if not path.exists():
        return main.assign(caution="")
    said = read(path)[[*KEYS, "reason"]].rename(columns={"reason": "caution"})
    made = main.merge(said, on=KEYS, how="left", validate="one_to_one")
    return made.fillna({"caution": ""})
