"""Regression tables with planted faults, on which any auditor can be scored.

Nothing here may know how the project's own audit looks for a fault.
"""
