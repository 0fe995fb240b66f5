"""The values that everything speaks of: text, contract, colour, nomenclature, catalogue, diagnostic."""
