"""The costs of labels: seconds to make them, learning curves, and what a budget of hours buys."""
