"""The sections of the page: a folder each, with what is true in Python and how it is said in Jinja."""
