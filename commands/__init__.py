"""What the command line does with files; `muster.py` reads the arguments."""
