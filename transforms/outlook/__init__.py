"""What may come: scenarios, base rates, events, and the record of earlier calls."""
