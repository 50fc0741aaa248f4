"""What the warehouse remembers of its own doings: issues, deliveries, forecasts, notices."""
