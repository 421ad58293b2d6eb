"""What each command does, a module for each kind; `muster.py` gives them their names."""
