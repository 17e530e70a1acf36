"""The four questions, answered from the truth or from any prediction: any, how much, how many, where."""
