"""Counterfactuals by interactive effects and by matrix completion, fitted on untreated cells."""
