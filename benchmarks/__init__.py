"""Measurements of the whole product, as ratios against a named peer in the same run."""
