"""The commands, with one module for each kind. `muster.py` gives them their names."""
