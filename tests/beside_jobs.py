"""Jobs that tests run beside each other; another process must be able to import them."""

import multiprocessing
import os
import signal
import time

from vislab.errors import VislabError
from vislab.system.console import say
from vislab.system.workers import count_workers


def double(number, report):
    """Twice a number, the process it was worked out in, and how many processes that one would start."""
    report(0.5)
    time.sleep(0.05)
    return 2 * number, os.getpid(), count_workers()


def threads(_, report):
    import torch

    return torch.get_num_threads()


def talk(words, report):
    for word in words:
        say(word)
    print("no line end", end="")


def die_in_helper(number, report):
    """Twice a number; ends the process of an odd one, unless it is the first process."""
    if number % 2 and multiprocessing.parent_process() is not None:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return 2 * number


def save_when_stopped(path, report):
    """Work for a minute at most, having said so in a file; if stopped, another file tells."""
    path.with_suffix(".pid").write_text(str(os.getpid()))
    try:
        for step in range(1, 1200):
            report(step / 1200)
            time.sleep(0.05)
    except KeyboardInterrupt:
        path.with_suffix(".saved").touch()
        raise


def fail_beside(path, report):
    """Fail, soon after the job that saves to this path has begun."""
    while not path.with_suffix(".pid").exists():
        time.sleep(0.05)
    time.sleep(0.5)
    raise VislabError("this job fails")


def work_beside_or_fail(path, fails, report):
    """One of the two."""
    (fail_beside if fails else save_when_stopped)(path, report)
