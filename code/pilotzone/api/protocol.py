"""What pictures and tables ask of a fit."""

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from pilotzone.catalogue import Specification
from pilotzone.catalogue.words import Lexicon


class Found(Protocol):
    """See :class:`pilotzone.api.results.Fit`."""

    @property
    def title(self) -> str:
        """What was computed."""

    @property
    def outcome(self) -> str:
        """Of what."""

    @property
    def spec(self) -> Specification | None:
        """Everything that decides the numbers."""

    @property
    def rows(self) -> pd.DataFrame:
        """Terms, as the estimates files have them."""

    @property
    def model(self) -> Mapping[str, Any]:
        """What is known of the whole."""

    @property
    def parts(self) -> Mapping[str, pd.DataFrame]:
        """Further tables."""

    @property
    def lexicon(self) -> Lexicon:
        """What the caller calls columns and periods."""

    def tidy(self) -> pd.DataFrame:
        """Return a row for each term."""
