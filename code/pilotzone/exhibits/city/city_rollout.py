"""Cohorts of the roll-out over cities, and the map."""

from pilotzone.catalogue import Description, Exhibit, Figure

EXHIBIT = Exhibit(
    title="Roll-out of the pilot zones over cities, by timing rule",
    title_zh="综试区在各城市的推广进程（按时点规则）",
    describe=Description(kind="rollout", sample="city"),
    figure=Figure(kind="rollout_map", title="Prefecture-level units by batch of the first zone"),
)
