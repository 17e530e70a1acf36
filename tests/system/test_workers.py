"""Jobs beside each other: their results and progress, Ctrl-C, failures, killed processes, scripts without a guard."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import beside_jobs as jobs
import psutil
import pytest

from vislab.errors import VislabError
from vislab.system import threads, workers
from vislab.system.workers import count_workers, run_beside

NUMBERS = {"one": (1,), "two": (2,), "three": (3,)}
SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
print("script runs")
from pathlib import Path
from beside_jobs import double, save_when_stopped
from vislab.system.workers import run_beside
"""


@pytest.fixture(autouse=True)
def no_bar(monkeypatch):
    """Nobody watches, so that what is printed is what was said."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")


@pytest.mark.parametrize(("given", "count"), [(NUMBERS, 1), ({"one": (1,)}, 2), ({}, 2)])
def test_one_job_or_worker_needs_no_other_process(given, count):
    results = run_beside(jobs.double, given, "numbers", workers=count)
    assert [value for value, _, _ in results.values()] == [2 * number for (number,) in given.values()]
    assert {pid for _, pid, _ in results.values()} <= {os.getpid()}


@pytest.mark.slow
def test_several_run_in_other_processes_and_results_keep_the_order_of_the_jobs(capsys):
    results = run_beside(jobs.double, NUMBERS, "numbers", workers=2)
    assert {name: value for name, (value, _, _) in results.items()} == {"one": 2, "two": 4, "three": 6}
    assert list(results) == list(NUMBERS)
    assert os.getpid() not in {pid for _, pid, _ in results.values()}
    assert {count for _, _, count in results.values()} == {1}  # a helper starts no helpers
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_each_process_has_one_thread():
    assert run_beside(jobs.threads, {"a": (0,), "b": (0,)}, "threads", workers=2) == {"a": 1, "b": 1}


@pytest.mark.slow
def test_what_jobs_print_comes_out_here_line_by_line(capfd):
    run_beside(jobs.talk, {"a": (["first", "second"],), "b": (["third"],)}, "talk", workers=2)
    out, err = capfd.readouterr()
    assert sorted(out.splitlines()) == ["first", "no line end", "no line end", "second", "third"]
    assert out.index("first") < out.index("second")
    assert err == ""


def test_the_bar_shows_the_mean_and_the_jobs_at_work(monkeypatch):
    shown = []
    monkeypatch.setattr(workers.Progress, "to", lambda self, share, words="": shown.append((share, words)))
    run_beside(jobs.double, {"one": (1,), "two": (2,)}, "numbers", workers=1)
    assert shown == [(0.25, "one 50 %"), (0.5, ""), (0.75, "two 50 %"), (1.0, "")]


@pytest.mark.slow
def test_an_exception_is_raised_as_itself_once_the_others_have_saved(tmp_path):
    path = tmp_path / "long"
    with pytest.raises(VislabError, match="this job fails"):
        run_beside(jobs.work_beside_or_fail, {"long": (path, False), "bad": (path, True)}, "jobs", workers=2)
    assert path.with_suffix(".saved").exists()
    assert not psutil.pid_exists(int(path.with_suffix(".pid").read_text()))


@pytest.mark.slow
def test_jobs_of_killed_processes_run_here(capsys):
    assert run_beside(jobs.die_in_helper, NUMBERS, "numbers", workers=2) == {"one": 2, "two": 4, "three": 6}
    assert "helper process was ended" in capsys.readouterr().out


def test_if_no_process_can_be_started_jobs_run_here(monkeypatch, capsys):
    def refuse(*_):
        raise OSError("too many")

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refuse)
    results = run_beside(jobs.double, NUMBERS, "numbers", workers=2)
    assert [value for value, _, _ in results.values()] == [2, 4, 6]
    assert "too many" in capsys.readouterr().out


def run_script(text, folder, **settings):
    """A script of its own, as a person runs it."""
    script = folder / "script.py"
    script.write_text(SCRIPT + text)
    paths = os.pathsep.join([str(Path(jobs.__file__).parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths}, **settings,
    )  # fmt: skip


def wait_until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_a_script_without_a_guard_runs_once(tmp_path):
    script = "print([value for value, _, _ in run_beside(double, {'a': (1,), 'b': (2,)}, 'x', workers=2).values()])"
    assert run_script(script, tmp_path).communicate(timeout=60) == ("script runs\n[2, 4]\n", "")


@pytest.mark.slow
def test_jobs_run_beside_in_a_notebook():
    from jupyter_client.manager import run_kernel

    code = "from beside_jobs import double\nfrom vislab.system.workers import run_beside\n"
    code += "print([value for value, _, _ in run_beside(double, {'a': (1,), 'b': (2,)}, 'x', workers=2).values()])"
    printed = []
    paths = os.pathsep.join([str(Path(jobs.__file__).parent), *sys.path])
    with run_kernel(env=os.environ | {"PYTHONPATH": paths}) as client:
        client.execute_interactive(code, timeout=60, output_hook=lambda message: printed.append(message["content"]))
    assert [content for content in printed if "text" in content] == [{"name": "stdout", "text": "[2, 4]\n"}]


TWO_LONG_JOBS = """
try:
    folder = Path(sys.argv[0]).parent
    run_beside(save_when_stopped, {"a": (folder / "a",), "b": (folder / "b",)}, "long", workers=2)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups to interrupt")
def test_ctrl_c_lets_jobs_save_and_leaves_no_process_and_no_traceback(tmp_path):
    script = run_script(TWO_LONG_JOBS, tmp_path, start_new_session=True)
    wait_until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    time.sleep(0.5)
    os.killpg(script.pid, signal.SIGINT)  # as a terminal does: the jobs' processes get it too
    assert script.communicate(timeout=60) == ("script runs\nstopped\n", "")
    assert len(list(tmp_path.glob("*.saved"))) == 2
    assert not any(psutil.pid_exists(int(path.read_text())) for path in tmp_path.glob("*.pid"))


@pytest.mark.slow
def test_no_process_outlives_its_parent(tmp_path):
    script = run_script(TWO_LONG_JOBS, tmp_path)
    wait_until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    helpers = [psutil.Process(int(path.read_text())) for path in tmp_path.glob("*.pid")]
    script.kill()
    script.communicate(timeout=60)
    assert not psutil.wait_procs(helpers, timeout=20)[1]


def test_there_are_as_many_processes_as_torch_would_use_threads(monkeypatch):
    monkeypatch.setattr(threads, "most_threads", lambda: 3)
    assert count_workers() == 3
