"""Published claims about the tasks, and the rules that judge them."""
