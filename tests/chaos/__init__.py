"""Chaos: turns in the product as it is run in production, while everything it stands on is broken at random.

`python -m tests.chaos --turns 500 --faults 100 --seed 7`, or `make chaos`. docs/development.md tells how to read it.
"""
