"""The index of new quality productive forces: declared indicators, weights, variants."""
