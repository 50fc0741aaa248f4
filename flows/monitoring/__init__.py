"""Whether all is well: freshness, doctor, probes of sources, and the watch for late issues."""
