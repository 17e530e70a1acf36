"""Resolve the locks again: `make lock`. They hold for every system and Python, name no host and share no package.

requirements.lock            what the course needs, but for PyTorch
requirements-torch.lock      PyTorch as the package index has it, on Linux with NVIDIA's libraries
requirements-torch-cpu.lock  the same versions for PyTorch's own index of builds without them; without hashes, as one
                             would have to reach that index to know them
requirements-dev.lock        what the extras need besides: the tools of authors and maintainers, encoders, export
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = "# Made by `make lock`; tools/lock.py says what each lock holds.\n"
TORCH = re.compile(r"torch|torchvision|triton|cuda-.*|nvidia-(?!ml-py).*")
COMPILE = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--python-version", "3.11"]


def main() -> None:
    """Resolve everything together, find what the course needs of it, and write the four files."""
    everything = resolve("--upgrade", "--all-extras")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.write("".join(everything))
        pins.flush()
        needed = {package(block) for block in resolve("--constraint", pins.name)}
    for file, content in divide(everything, needed).items():
        (ROOT / file).write_text(HEADER + content, encoding="utf-8")


def resolve(*options: str) -> list[str]:
    """The blocks of a lock for pyproject.toml."""
    uv = Path(sys.executable).parent / "uv"
    line = [str(uv), "pip", "compile", *COMPILE, *options, "pyproject.toml"]
    return blocks(subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def blocks(lock: str) -> list[str]:
    """A lock cut into packages: each with its version, where it holds, its hashes and what wants it."""
    return re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE | re.IGNORECASE)[1:]


def package(block: str) -> str:
    """The name of a block's package."""
    return block.partition("==")[0]


def divide(everything: list[str], needed: set[str]) -> dict[str, str]:
    """What each lock holds, by its file's name; needed: the names of the course's packages."""
    course = [block for block in everything if package(block) in needed]
    torch = [block for block in course if TORCH.fullmatch(package(block))]
    return {
        "requirements.lock": "".join(block for block in course if block not in torch),
        "requirements-torch.lock": "".join(torch),
        "requirements-torch-cpu.lock": "".join(
            block.partition(" \\\n")[0] + "\n" for block in torch if package(block) in ("torch", "torchvision")
        ),
        "requirements-dev.lock": "".join(block for block in everything if package(block) not in needed),
    }


if __name__ == "__main__":
    main()
