"""Frames that many metrics read: series of indices and markets, bars of shares."""
