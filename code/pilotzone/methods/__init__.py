"""Estimators on arrays: no file and no name of a province."""
