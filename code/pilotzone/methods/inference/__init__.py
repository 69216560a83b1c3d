"""Least squares with fixed effects, and the standard errors and tests that go with it."""
