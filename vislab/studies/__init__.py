"""The main job: train every task on the same pictures, ask all the same questions, judge claims, write the page."""
