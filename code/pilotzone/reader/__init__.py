"""What a reader brings: a panel, firms, a policy or a table."""
