"""Descriptive statistics of outcomes, treatments, controls and indicators."""

from pilotzone.catalogue.spec import Exhibit

EXHIBIT = Exhibit(
    title="Descriptive statistics",
    title_zh="描述性统计",
    describe="descriptives",
)
