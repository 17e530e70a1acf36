"""What a learner can touch: pictures to look into and compare, trainings to watch, what ifs, charts, and bets."""
