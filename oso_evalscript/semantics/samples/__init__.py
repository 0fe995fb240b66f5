"""Where the samples of `evaluatePixel` go, and which bands are read of them."""
