# SPDX-License-Identifier: Apache-2.0
"""Runs programs to their end and returns their cost; removes what a benchmark leaves behind."""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass


class BenchError(Exception):
    """An error that the person who measures can correct; its text says how."""


@dataclass
class Cost:
    wall: float = 0.0  # seconds
    cpu: float = 0.0   # seconds, user and system
    peak: int = 0      # bytes of resident memory

    def then(self, other):
        """The cost of this work and, after it, the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


# The kernel's peak of a program begins with the memory of the process that started it. So a small
# interpreter without modules starts it, and writes: seconds, seconds of CPU, peak in KiB, status.
STARTER = """
import posix, sys, time
started = time.monotonic()
child = posix.fork()
if child == 0:
    try:
        posix.execv(sys.argv[2], sys.argv[2:])
    finally:
        posix._exit(127)
_, status, usage = posix.wait4(child, 0)
wall = time.monotonic() - started
answer = (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, posix.waitstatus_to_exitcode(status))
posix.write(int(sys.argv[1]), " ".join(map(repr, answer)).encode())
"""


def run(command, cwd=None, env=None, output=subprocess.DEVNULL, accept=(0,)):
    """Runs a program and all it starts; fails unless its exit status is one of `accept`. The peak
    is that of its largest process; a peak below some 5 MB cannot be measured."""
    program = shutil.which(command[0])
    if program is None:
        raise BenchError(f"{command[0]} is not there")
    answer, told = os.pipe()
    with open(answer, "rb") as answer, tempfile.TemporaryFile() as errors:
        with open(told, "wb") as told:
            starter = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", STARTER, str(told.fileno()), program, *command[1:]],
                cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=output,
                stderr=errors, pass_fds=[told.fileno()], start_new_session=True)
        try:
            starter.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(starter.pid, signal.SIGKILL)  # and all processes that it has started
            starter.wait()
            raise
        errors.seek(0)
        complaint = errors.read().decode(errors="replace").strip()[-2000:]
        figures = answer.read(200).split() if starter.returncode == 0 else []
    if not figures:
        raise BenchError(f"{program} could not be run: {complaint}")
    wall, cpu, peak, status = map(float, figures)
    if status not in accept:
        raise BenchError(f"exit status {status:.0f}: {' '.join(map(str, command))}\n{complaint}")
    return Cost(wall, cpu, int(peak) * 1024)


def ask(command, env=None):
    """The standard output of a program."""
    with tempfile.TemporaryFile() as out:
        run(command, env=env, output=out)
        out.seek(0)
        return out.read().decode(errors="replace").strip()


@contextlib.contextmanager
def temporary_folder(parent, prefix):
    """A folder of mode 0700 that is removed afterwards, however the block ends."""
    os.makedirs(parent, exist_ok=True)
    path = tempfile.mkdtemp(prefix=prefix, dir=parent)
    try:
        yield path
    finally:
        remove_tree(path)


@contextlib.contextmanager
def emptied_folder(parent, prefix):
    """A folder of mode 0700; its files are emptied afterwards. It goes when `parent` is removed."""
    path = tempfile.mkdtemp(prefix=prefix, dir=parent)
    try:
        yield path
    finally:
        empty_tree(path)


def remove_tree(path):
    """Removes a folder with all below it, also what is write-protected."""
    def make_writable(function, name, _):
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(name), 0o700)
            os.chmod(name, 0o700)
            function(name)
    if os.path.lexists(path):
        shutil.rmtree(path, onerror=make_writable)


def empty_tree(path):
    """Frees the space of all files below a folder and leaves their names.

    ext4 does not use the inode of a removed file again for five minutes and walks past each such
    inode whenever a file is made nearby, so files removed between two measurements make the
    next restore slower, for every program.
    """
    for place, _, names in os.walk(path):
        for name in names:
            full = os.path.join(place, name)
            if not os.path.islink(full):
                with contextlib.suppress(OSError):
                    os.chmod(full, 0o600)
                    os.truncate(full, 0)


def stored_bytes(folder):
    """The sum of the lengths of all files below a folder, in bytes."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def end_politely_on_signals():
    """SIGTERM and SIGHUP unwind the program as Ctrl-C does, so that everything is cleaned up."""
    def unwind(number, _):
        raise KeyboardInterrupt(signal.Signals(number).name)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


def quiet():
    """Waits until the disk has all earlier writes, so that no measurement pays for them."""
    os.sync()
