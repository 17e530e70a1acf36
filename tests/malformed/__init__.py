"""Small malformed inputs of every kind that vislab reads, made anew each time, and a judge of what comes of them.

`all_cases.CASES` lists them. `judge.judge` reads one and says what came of it; `batches.judge_all` does so in another
process, so that a reader that hangs or dies is seen as such. Run the table alone: python -m malformed.batches
"""
