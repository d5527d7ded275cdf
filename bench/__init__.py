"""`python -m bench`: measure what an answer costs the server. How to read the figures is in docs/performance.md."""
