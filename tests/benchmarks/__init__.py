"""Benchmarks: interleaved repeats in one run, medians with their spread, and ratios; never part of the tests."""
