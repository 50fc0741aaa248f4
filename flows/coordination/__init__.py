"""Several workers on one Postgres: limits of hosts, and chunks of a collection that they claim."""
