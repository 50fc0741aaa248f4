"""What is ahead, as known on a day: announced, or expected by a rule."""
