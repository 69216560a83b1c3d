"""Space: labelled weights matrices, spatial panel likelihoods and the effects they imply."""
