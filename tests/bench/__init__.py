"""Benchmarks: each a command of its own that prints ratios beside a bare reference of the same run."""
