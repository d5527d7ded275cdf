"""A local server that speaks the Responses API: the demo without a key, and the tests' upstream."""
