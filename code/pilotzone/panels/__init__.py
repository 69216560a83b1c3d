"""From published figures to the panels: reading, treatments, provinces, cities."""
