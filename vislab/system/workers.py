"""Jobs beside each other: as many processes as there are cores, one thread each, their progress in one bar."""

import io
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from vislab.system.console import Progress, say

PATIENCE = 10.0  # seconds that jobs have to save their work when all are to stop
LOOK_EVERY = 0.1  # seconds
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def count_workers() -> int:
    """As many processes as there are cores that this process may use, or as OMP_NUM_THREADS says.

    It is 1 in a process that was itself started beside others.
    """
    if multiprocessing.parent_process() is not None:
        return 1
    from vislab.system.threads import most_threads  # brings torch, which helpers need not have

    return most_threads()


def run_beside(
    function: Callable[..., Any],
    jobs: Mapping[str, tuple[Any, ...]],
    title: str,
    workers: int | None = None,
    show: Callable[[float, str], None] | None = None,
) -> dict[str, Any]:
    """The results of function(*arguments, report) for each named job, in the order of the jobs.

    function: found by its module and name, so none of a notebook or script. It calls report(share), 0 to 1, now and
    then: this shows how far it is, and raises KeyboardInterrupt there when all are to stop, so that it can save.
    Arguments and results are pickled: large arrays go as files. What a job prints is printed here.
    workers: processes; None takes `count_workers()`. With one, or one job, all run in this process, as do those left
    over if a process is killed. show: is told the share that is done and what is at work, in place of a bar.
    Raises what a job raises, and KeyboardInterrupt on Ctrl-C, both after the other jobs have stopped.
    """
    workers = min(count_workers() if workers is None else workers, len(jobs))
    results: dict[str, Any] = {}
    if workers > 1:
        try:
            _run_in_processes(function, jobs, _Bar(title, jobs, show), workers, results)
        except _NoHelpersError as error:
            say(f"{error}; going on in this one")
    if len(results) < len(jobs):
        with _Bar(title, jobs, show) as bar:
            for name in jobs:
                if name not in results:
                    results[name] = function(*jobs[name], partial(bar.to_job, name))
                bar.to_job(name, 1.0)
    return {name: results[name] for name in jobs}


class _NoHelpersError(Exception):
    """Says why there are no other processes any more."""


class _Bar(Progress):
    """The mean progress of named jobs, and in words that of each job at work."""

    def __init__(self, title: str, names: Iterable[str], show: Callable[[float, str], None] | None = None) -> None:
        super().__init__(title)
        self.shares = dict.fromkeys(names, 0.0)
        self.show_share = show or self.to

    def __enter__(self) -> "_Bar":
        return self

    def to_job(self, name: str, share: float) -> None:
        """Show that this share of a job is done."""
        self.shares[name] = share
        at_work = [f"{name} {100 * share:.0f} %" for name, share in self.shares.items() if 0 < share < 1]
        self.show_share(sum(self.shares.values()) / len(self.shares), ", ".join(at_work))

    def show(self, messages: Any) -> None:
        """Show all that jobs have sent: lines, and shares with the job's name."""
        while not messages.empty():
            message = messages.get()
            if isinstance(message, str):
                self.bar.clear()
                say(message)
            else:
                self.to_job(*message)


def _run_in_processes(
    function: Callable[..., Any],
    jobs: Mapping[str, tuple[Any, ...]],
    bar: _Bar,
    workers: int,
    results: dict[str, Any],
) -> None:
    """Add the results of jobs; raises _NoHelpersError if a process is killed or none can be started."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        try:
            messages, stop = context.SimpleQueue(), context.Value("b", 0, lock=False)  # a killed process locks neither
            pool = ProcessPoolExecutor(workers, context, _begin, (messages, stop))
            stack.callback(pool.shutdown, cancel_futures=True)
            stack.callback(setattr, stop, "value", 1)
            stack.enter_context(_on_interrupt(lambda *_: setattr(stop, "value", 1)))
            with _on_interrupt(signal.SIG_IGN), _without_main():  # a process that starts ignores what this one does
                futures = {name: pool.submit(_work, function, name, arguments) for name, arguments in jobs.items()}
        except (OSError, BrokenProcessPool) as error:
            raise _NoHelpersError(f"no helper process can be started ({error})") from error
        helpers = set(multiprocessing.active_children()) - others
        stack.enter_context(bar)
        failure = _wait_for(set(futures.values()), bar, messages, stop, helpers)
    for name, future in futures.items():
        if not future.cancelled() and future.exception() is None:
            results[name] = future.result()
    if isinstance(failure, BrokenProcessPool):
        raise _NoHelpersError("a helper process was ended, perhaps for want of memory")
    if failure is not None:
        raise failure


def _wait_for(
    futures: set[Future[Any]], bar: _Bar, messages: Any, stop: Any, helpers: set[BaseProcess]
) -> BaseException | None:
    """Wait for all, or until the first fails or Ctrl-C and the others have stopped; returns what was raised."""
    failure: BaseException | None = None
    deadline = math.inf
    while futures:
        done, futures = wait(futures, LOOK_EVERY, FIRST_COMPLETED)
        bar.show(messages)
        for future in done:
            if not stop.value and (failure := future.exception()):
                stop.value = 1
        if stop.value and deadline == math.inf:
            at_work = any(0 < share < 1 for share in bar.shares.values())  # if none is, none has anything to save
            deadline = time.monotonic() + (PATIENCE if at_work else 0)
            failure = failure or KeyboardInterrupt()
            for future in futures:
                future.cancel()
        if time.monotonic() > deadline:
            for helper in helpers:
                helper.terminate()
    return failure


@contextmanager
def _on_interrupt(handler: Any) -> Iterator[None]:
    """Ctrl-C does this and raises nothing, so that it cannot break off a message; outside the main thread it may."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before in (None, signal.SIG_IGN):
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes that start inside do not import the user's script, which may have no guard, or the notebook."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


_messages: Any = None  # in a helper process: the way to the parent
_stop: Any = None  # in a helper process: its value is 1 when all are to stop


def _begin(messages: Any, stop: Any) -> None:
    """Make a process that has just started a helper."""
    global _messages, _stop
    _messages, _stop = messages, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(THREADS, "1"))  # heard when a job's function is imported, and torch with it
    sys.stdout = sys.stderr = _Lines(messages)
    with Path(os.devnull).open("w") as nowhere:  # what libraries in C write
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the parent does, however that ended: nobody else would end this process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(function: Callable[..., Any], name: str, arguments: tuple[Any, ...]) -> Any:
    """A job in a helper process."""
    _report(name, 0.0)
    result = function(*arguments, partial(_report, name))
    sys.stdout.flush()
    _messages.put((name, 1.0))
    return result


def _report(name: str, share: float) -> None:
    if _stop.value:
        raise KeyboardInterrupt
    _messages.put((name, share))


class _Lines(io.TextIOBase):
    """Sends what is written to the parent, line by line."""

    def __init__(self, messages: Any) -> None:
        self.messages, self.line = messages, ""

    def write(self, text: str) -> int:
        """Send the lines that are complete."""
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            self.messages.put(line)
        return len(text)

    def flush(self) -> None:
        """Send a line that is not complete, too."""
        if self.line:
            self.write("\n")
