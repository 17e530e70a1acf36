"""Costs, budgets and curves to explore."""
