"""Conversations brought in, from ChatGPT's own export and from ours. What is in the files was written by anybody."""
