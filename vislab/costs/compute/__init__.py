"""The costs of computing: parameters, multiply-adds, time, memory, energy."""
