"""Pictures of an evaluation: calibration, ranking, learning and triage, each a Figure."""
