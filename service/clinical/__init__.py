"""The clinical core: standard library only, no HTTP, no model."""
