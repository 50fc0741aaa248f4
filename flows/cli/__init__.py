"""The command `briefing`: its arguments, its output and its refusals."""
