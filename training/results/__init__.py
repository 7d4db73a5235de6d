"""What was found, as frozen records that are written down as JSON."""
