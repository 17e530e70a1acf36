"""The quizzes of notebook 00, "One picture, four questions", and the claims that learners bet on."""

from vislab.exercises.checking.quizzes import read_quizzes
from vislab.studies.claims.judge import BET_WORDS
from vislab.studies.claims.published import CLAIMS as PUBLISHED

OPENING, CLOSING = read_quizzes(__file__)
VERDICTS = BET_WORDS
CLAIMS = tuple(claim.says for claim in PUBLISHED)  # notebook 09 judges them
