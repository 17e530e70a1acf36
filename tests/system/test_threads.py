"""Threads: as many as are idle and worth it, never more than is allowed, and one while other programs are busy."""

import subprocess
import sys
import time

import pytest
import torch

from vislab.system import threads
from vislab.system.threads import PIXELS_A_THREAD, Load, Threads, choose_threads, using

CPU = torch.device("cpu")


@pytest.fixture
def machine(monkeypatch):
    """A machine of so many cores, some of them busy with other programs."""

    def make(cores: int, busy: float = 0.0, most: int | None = None) -> None:
        monkeypatch.setattr(threads, "_cores", lambda: cores)
        monkeypatch.setattr(threads, "most_threads", lambda: cores if most is None else most)
        monkeypatch.setattr(threads, "busy_elsewhere", lambda: busy)

    return make


@pytest.mark.parametrize(
    ("cores", "busy", "pixels", "count", "why"),
    [
        (2, 0.0, 8 * 96 * 96, 2, ""),
        (2, 0.2, 8 * 96 * 96, 2, ""),  # nearly idle is idle
        (2, 0.4, 8 * 96 * 96, 1, "0.4 of 2 cores busy"),
        (2, 2.0, 8 * 96 * 96, 1, "2.0 of 2 cores busy"),
        (8, 0.0, 8 * 96 * 96, 2, "few pixels"),
        (8, 0.0, 8 * 512 * 512, 8, ""),
        (8, 3.0, 8 * 512 * 512, 5, "3.0 of 8 cores busy"),
        (8, 0.0, 96 * 96, 1, "few pixels"),
        (1, 0.0, 8 * 512 * 512, 1, ""),
    ],
)
def test_the_idle_cores_are_taken_that_are_worth_it(machine, cores, busy, pixels, count, why):
    machine(cores, busy)
    chosen = choose_threads(pixels, CPU)
    assert chosen.count == count
    assert why in chosen.why if why else not chosen.why


def test_no_more_than_is_allowed_and_as_many_as_are_pinned(machine):
    machine(8, most=1)
    assert choose_threads(100 * PIXELS_A_THREAD, CPU).count == 1
    assert choose_threads(1, CPU, pinned=3).count == 3


def test_few_pixels_never_wait_for_a_look_at_the_cores(machine, monkeypatch):
    machine(8)
    monkeypatch.setattr(threads, "busy_elsewhere", lambda: pytest.fail("looked"))
    assert choose_threads(96 * 96, CPU).count == 1
    assert choose_threads(8 * 512 * 512, torch.device("cuda")).count == 1  # a GPU does the work


def test_in_words():
    assert str(Threads(1)) == "1 thread"
    assert str(Threads(2, "threads= says so")) == "2 threads, as threads= says so"


def test_the_number_is_as_before_after_the_block_also_after_an_error():
    before = torch.get_num_threads()
    with using(Threads(before + 1)):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(KeyError), using(Threads(before + 1)):
        raise KeyError
    assert torch.get_num_threads() == before


def test_what_this_process_does_is_not_elsewhere(monkeypatch):
    used, own = iter([100.0, 103.0]), iter([7.0, 8.0])
    clock = iter([50.0, 52.0])
    monkeypatch.setattr(threads, "_used", lambda: next(used))
    monkeypatch.setattr(threads, "_cores", lambda: 2)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "process_time", lambda: next(own))
    assert Load().elsewhere() == pytest.approx((3 - 1) / 2)  # 3 s of work in 2 s, 1 s of it ours


@pytest.mark.parametrize(("busy", "warned"), [(0.1, False), (1.0, True)])
def test_a_quiet_machine_needs_no_warning(monkeypatch, busy, warned):
    load = Load()
    monkeypatch.setattr(load, "elsewhere", lambda: busy)
    assert bool(load.words()) == warned


@pytest.mark.parametrize(
    ("text", "most"), [("200000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", 16), ("", 16)]
)
def test_a_container_allows_its_quota(monkeypatch, tmp_path, text, most):
    (tmp_path / "cpu.max").write_text(text, encoding="ascii")
    monkeypatch.setattr(threads, "QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(threads, "MOST", 16)
    assert threads.most_threads.__wrapped__() == most


@pytest.mark.slow
def test_torch_begins_with_one_thread_wherever_vislab_draws():
    code = "import vislab as vl, torch; vl.draw('smear', 1); print(torch.get_num_threads())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1"]
