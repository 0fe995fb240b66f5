"""JavaScript as text: the tolerant parser, and literals."""
