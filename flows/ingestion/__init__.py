"""From what is due to rows in the warehouse: days, chains of sources, responses, files."""
