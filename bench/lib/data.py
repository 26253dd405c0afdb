# SPDX-License-Identifier: Apache-2.0
"""The folders that are measured on: made or unpacked once, always the same, kept for later runs."""
import contextlib
import itertools
import json
import os
import random
import shutil
import stat
import sys

from lib import process
from lib.process import BenchError

LINUX_TARBALL = "/usr/src/linux-source-6.1.tar.xz"
LINUX_PACKAGE = "linux-source-6.1"
ASSETS = "/usr/share/games/supertuxkart/data"
ASSETS_PACKAGE = "supertuxkart-data"
FILES_A_FOLDER = 100
POOL_BYTES = 32 << 20
# The pipe is needed: tar does not read the files if it writes to /dev/null.
READ_ALL = ["sh", "-c", "tar -cf - . | cat > /dev/null"]

TITLES = {
    "linux": "Linux 6.1 source",
    "small": "20,000 generated files of 1 to 10 KB",
    "tar": "the Linux 6.1 source as one tar",
    "assets": "the assets of SuperTuxKart",
    "million": "1,000,000 generated files of 100 to 1,000 bytes",
}


def text(chance, size):
    """Lines of words; a few words are far more frequent than others, as in languages."""
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10)))
             for _ in range(4000)]
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    lines, length = [], 0
    while length < size:
        line = " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(3, 14))) + "\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)[:size].encode()


def generated_path(number):
    folder = number // FILES_A_FOLDER
    return f"{folder // 100:03d}/{folder % 100:02d}/file_{number:07d}.txt"


def generate(path, count, least, most):
    """`count` files, 100 in a folder, each a piece of text of its own length."""
    chance = random.Random(count)
    pool = text(chance, min(POOL_BYTES, 2 * most * count))
    for number in range(count):
        name = os.path.join(path, generated_path(number))
        if number % FILES_A_FOLDER == 0:
            os.makedirs(os.path.dirname(name), exist_ok=True)
        size = chance.randint(least, most)
        start = chance.randrange(len(pool) - size)
        with open(name, "wb", buffering=0) as file:
            file.write(b"%d\n" % number + pool[start:start + size])


def in_a_process(function, *arguments):
    """Runs `function` in a child, so that its memory is not part of later measurements."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            function(*arguments)
            status = 0
        except BaseException as error:  # nothing may escape into the parent's stack
            print(f"{function.__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(status)
    try:
        _, status = os.waitpid(child, 0)
    except BaseException:
        with contextlib.suppress(OSError):
            os.kill(child, 15)
            os.waitpid(child, 0)
        raise
    if status != 0:
        raise BenchError(f"{function.__name__} failed for {arguments[0]}")


def made_once(path, how, *arguments):
    """Returns `path`; how(path, …) makes it unless an earlier run has completed that."""
    stamp = path + ".complete"
    wish = json.dumps([how.__name__, *arguments])
    if os.path.exists(stamp):
        with open(stamp, encoding="ascii") as file:
            if file.read() == wish:
                return path
        os.remove(stamp)
    print(f"preparing {path}", flush=True)
    process.remove_tree(path)
    os.makedirs(path)
    in_a_process(how, path, *arguments)
    process.quiet()
    with open(stamp, "w", encoding="ascii") as file:
        file.write(wish)
    return path


def copy(path, source):
    process.run(["cp", "-a", "--reflink=auto", os.path.join(source, "."), path])


def unpack(path, tarball):
    process.run(["tar", "-xf", tarball, "-C", path, "--strip-components=1"])


def pack(path, tree):
    process.run(["tar", "-C", os.path.dirname(tree), "--sort=name", "--owner=0", "--group=0",
                 "--numeric-owner", "-cf", os.path.join(path, "linux.tar"), os.path.basename(tree)])


class DataSet:
    """A folder that does not change, except for files that a benchmark changes and puts back."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.files, self.count, self.bytes = sample(path)
        self._changes = 0

    def change_one(self):
        """Appends a line to one file."""
        self._changes += 1
        with open(os.path.join(self.path, self.files[0]), "ab") as file:
            file.write(b"changed once more, number %d\n" % self._changes)

    @contextlib.contextmanager
    def put_back(self):
        """Restores the files of the sample when the block ends."""
        before = {}
        for name in self.files:
            with open(os.path.join(self.path, name), "rb") as file:
                before[name] = file.read()
        try:
            yield
        finally:
            for name, content in before.items():
                with open(os.path.join(self.path, name), "wb") as file:
                    file.write(content)

    def read_all(self):
        """Reads every file, so that all of them are in the page cache."""
        return process.run(READ_ALL, cwd=self.path)


class OneFile(DataSet):
    """A folder with one large file; the change inserts one byte at its start."""

    @contextlib.contextmanager
    def put_back(self):
        path = os.path.join(self.path, "linux.tar")
        aside = self.path + ".aside"
        if os.path.exists(aside):  # an earlier run was killed
            os.replace(aside, path)
        try:
            yield
        finally:
            if os.path.exists(aside):
                os.replace(aside, path)

    def prepare_insertion(self):
        """Writes the longer file beside the folder, so that insert() only links and renames."""
        longer = self.path + ".longer"
        with open(longer, "wb") as out:
            out.write(b"!")
            with open(os.path.join(self.path, "linux.tar"), "rb") as old:
                shutil.copyfileobj(old, out, 4 << 20)
        process.quiet()

    def insert(self):
        path = os.path.join(self.path, "linux.tar")
        if not os.path.exists(self.path + ".aside"):
            os.link(path, self.path + ".aside")
        os.replace(self.path + ".longer", path)


def sample(path, size=256):
    """The same random choice of small files each time, the count of all files, and their bytes."""
    chance, chosen, seen, count, total = random.Random(1), [], 0, 0, 0
    for place, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            full = os.path.join(place, name)
            status = os.lstat(full)
            count += 1
            if not stat.S_ISREG(status.st_mode):
                continue
            total += status.st_size
            if not 100 <= status.st_size <= 100_000 or status.st_nlink > 1:
                continue
            seen += 1
            if len(chosen) < size:
                chosen.append(os.path.relpath(full, path))
            elif (slot := chance.randrange(seen)) < size:
                chosen[slot] = os.path.relpath(full, path)
    return chosen, count, total


def linux_tree(folder, given):
    """A copy of the Linux source for the benchmark, which changes files in it."""
    path = os.path.join(folder, "linux")
    if given:
        if not os.path.isdir(os.path.join(given, "kernel")):
            raise BenchError(f"--linux {given} is not the unpacked source of Linux")
        return made_once(path, copy, os.path.abspath(given))
    if os.path.exists(path + ".complete"):
        return path
    if not os.path.exists(LINUX_TARBALL):
        raise BenchError(f"{LINUX_TARBALL} is missing: install the package {LINUX_PACKAGE}, or "
                         "give an unpacked tree with --linux DIR")
    return made_once(path, unpack, LINUX_TARBALL)


def prepare(name, folder, linux=None, scale=1.0):
    """The data set of that name in `folder`. `scale` makes generated ones smaller, for trying."""
    folder = os.path.abspath(folder)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    if name == "linux":
        return DataSet(name, linux_tree(folder, linux))
    if name == "small":
        return DataSet(name, made_once(path, generate, int(20_000 * scale), 1000, 10_000))
    if name == "million":
        return DataSet(name, made_once(path, generate, int(1_000_000 * scale), 100, 1000))
    if name == "assets":
        if not os.path.isdir(ASSETS):
            raise BenchError(f"{ASSETS} is missing: install the package {ASSETS_PACKAGE}")
        return DataSet(name, made_once(path, copy, ASSETS))
    return OneFile(name, made_once(path, pack, linux_tree(folder, linux)))
