"""The store: what the registers said, when we saw it, and what changed."""
