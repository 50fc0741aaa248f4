"""Whether all is well, and who is told: freshness, doctor, probes of sources, notices."""
