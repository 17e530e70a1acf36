"""What a learner can touch: questions to answer and, later, pictures to look into. None of it needs torch."""
