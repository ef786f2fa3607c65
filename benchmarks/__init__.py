"""How fast d2lmini is compared with plain NumPy, and with PyTorch if it is installed."""
