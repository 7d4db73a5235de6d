"""What a lead looked like at a date: definition, store, timeline, snapshot, rulebook points."""
