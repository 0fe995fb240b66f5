"""An evalscript as machine code: traced from its tree, as a graph of numbers, written as WebAssembly. No V8 in here."""
