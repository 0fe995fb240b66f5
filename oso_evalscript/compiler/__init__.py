"""Specs and templates: what an author wants → an evalscript."""
