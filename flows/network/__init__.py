"""The one way to the network: transport, intercepted clients, limits, rate limits."""
