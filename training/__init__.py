"""Training and evaluation, offline."""
