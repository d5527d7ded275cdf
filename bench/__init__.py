"""`python -m bench`: what an answer costs the server, beside a bare relay. docs/performance.md says how to read it."""
