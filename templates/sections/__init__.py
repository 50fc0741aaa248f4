"""The sections of the page, a folder each: Python decides what is true, Jinja how it is said."""
