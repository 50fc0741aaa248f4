"""Helpers with which datasets read what upstreams and files say."""
