"""Telling the operator: events, their words, and the services that carry them."""
