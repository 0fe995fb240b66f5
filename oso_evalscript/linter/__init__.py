"""Finding and fixing faults in the text of evalscripts; nothing here runs one."""
