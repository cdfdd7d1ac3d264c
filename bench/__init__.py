"""Benchmarks: `python -m bench.NAME [--quick] [--json] [--check]`. Each brings up what it needs, and writes its table."""
