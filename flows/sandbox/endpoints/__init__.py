"""The upstreams' addresses, one file per family of hosts, one function per address.

To add one: write a function (view, query) → Answer in the file of its host, take the figures from
the view (which knows what is public), return rows in the upstream's keys and units, and name in
`wire`'s terms how the upstream writes them. The decorator gives host, path and the parameters that
mark it.
"""
