"""Who may do what, on which asset, how far. Absence of permission is refusal."""
