"""Two variables that may move each other: projections, non-causality, simultaneous equations."""
