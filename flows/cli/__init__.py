"""The command `briefing`: what it takes, what it prints, and how it says no."""
