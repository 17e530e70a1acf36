"""Drawn pictures, with exact truth at every level."""
