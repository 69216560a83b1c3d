"""Cohorts of the roll-out and the years in which untreated provinces remain."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Roll-out of the pilot zones over provinces, by timing rule",
    title_zh="综试区在各省的推广进程（按时点规则）",
    describe=Description(kind="rollout", sample="main"),
)
