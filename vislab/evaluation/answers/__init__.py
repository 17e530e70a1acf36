"""The four questions, answered from the truth or from any prediction: any, how much, how many, where.

A label, a share, a count and a point are what tasks of every kind can be compared by, on the same pictures. NaN says
that nobody was trained to say.
"""
