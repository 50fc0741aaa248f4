"""The simulated market: what is true in it, in no upstream's format."""
