"""Difference in differences: two-way fixed effects, event studies, staggered adoption."""
