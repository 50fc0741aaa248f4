"""Whether rows can be believed: contracts, sizes, the past, known errors."""
