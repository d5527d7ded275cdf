"""A local server that speaks the Responses API and Chat Completions: the demo without a key, and the tests' provider."""
