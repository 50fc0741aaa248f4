"""Mail: composing, handing over at most once, trying again."""
