"""The colours of a script: tables, positions where a colour is expected, and whose classes they paint."""
