"""Formats of upstreams that need an encoder of their own."""
