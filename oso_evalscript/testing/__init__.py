"""Proving scripts: whole input domains, generated scenes, properties, and the difference between two scripts."""
