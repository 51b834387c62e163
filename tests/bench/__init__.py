"""What an answer costs: `python -m tests.bench`, or `make bench`."""
