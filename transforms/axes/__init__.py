"""The two axes: composites, what moved them, and the states that they make."""
