"""Evalscripts inside other files: one module per kind of host, each giving texts that know their place in it."""
