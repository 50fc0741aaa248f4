"""The metrics: one file per family, which is also the name of its view, mart.wide_<family>."""
