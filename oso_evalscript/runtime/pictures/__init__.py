"""Pictures of outputs: what is seen, its legend, where everything stands, and how that is drawn."""
