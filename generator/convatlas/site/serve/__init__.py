"""The site on this machine, for looking at it while it is made."""
