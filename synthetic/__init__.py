"""The synthetic world, offline: it knows the clinical core alone."""
