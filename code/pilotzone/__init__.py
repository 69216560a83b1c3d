"""Pilot zones and new quality productive forces: panels, estimators, audited tables."""

__version__ = "0.1.0"
