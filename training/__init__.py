"""From snapshots to a release: outcomes, booster, calibrator, cut-offs, comparison."""
