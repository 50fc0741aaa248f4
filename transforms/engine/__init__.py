"""What a metric is, and how all of them are evaluated."""
