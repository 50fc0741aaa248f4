"""What the simulated market knows of each dataset; one module per family, found by itself."""
