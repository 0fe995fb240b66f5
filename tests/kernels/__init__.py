"""Compiled kernels: graphs, traces, modules, and that they give what JavaScript gives."""
