"""How fast d2lmini is beside plain NumPy, and beside PyTorch where it is installed."""
