"""The reader: what an evalscript is and means, read from its text; used by compiler, linter, runtime and all above."""
