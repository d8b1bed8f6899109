"""Finds, judges and explains: the doors people and machines come through."""
