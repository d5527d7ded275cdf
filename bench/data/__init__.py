"""`python -m bench.data`: fill a database with a million responses, and measure the pages that read them.

How to read the figures is in docs/performance.md.
"""
