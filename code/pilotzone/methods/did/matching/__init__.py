r"""Matching before difference in differences: scores, weights of units, balance, weighted fit.

All functions but ``matched.matched_did`` work on units, one row each, with covariates from before
treatment. Their weights are 1 for a treated unit that is kept and sum over the controls to the
number of treated units kept. ``matched_did`` takes such weights to the rows of a panel. No unit
leaves without a trace: every result lists the codes of the units with weight 0 or flags them.

With few units the covariates often predict treatment perfectly. ``firth_logit`` gives a finite
score all the same and says so; whether treated units then have comparable controls is for the
caliper, the bandwidth and the convex hull to decide, and if not the answer is ``NotIdentified``.
"""
