"""What may be asked for: records with value and words in both languages."""
