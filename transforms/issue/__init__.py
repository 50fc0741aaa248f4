"""What an issue says beside its facts: claims, movers, comparisons, what is missing or stale."""
