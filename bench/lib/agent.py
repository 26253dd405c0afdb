# SPDX-License-Identifier: Apache-2.0
"""Runs a vcsd of its own for a benchmark: starts, calls, measures and stops it."""
import contextlib
import json
import os
import socket
import subprocess
import time

from lib import process
from lib.process import BenchError, Cost

LONGEST_SOCKET = 107  # bytes of its path: the kernel's limit
PATIENCE = 60  # seconds until an agent that does not answer is given up


class Connection:
    """One connection of the protocol (docs/protocol.md): a request, then its answer."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._last = 0
        self.call("hello", client="bench")

    def call(self, method, **params):
        self._last += 1
        request = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            line = self._lines.readline()
            if not line:
                raise BenchError(f"the agent closed the connection during {method}")
            answer = json.loads(line)
            if answer.get("id") != self._last:
                continue  # items and progress, which are not needed here
            if "error" in answer:
                raise BenchError(f"{method}: {answer['error']['message']}")
            return answer["result"]

    def close(self):
        self._lines.close()
        self._socket.close()


def same(cost, other):
    """The cost of two processes that worked at the same time; the wall clock is the second's."""
    return Cost(other.wall, cost.cpu + other.cpu, cost.peak + other.peak)


class Agent:
    """A running vcsd with the home `home`. Use it with `with`, or end it with stop()."""

    def __init__(self, binaries, home):
        self.home = home
        self._vcsd = os.path.join(binaries, "vcsd")
        self._vcsctl = os.path.join(binaries, "vcsctl")
        self._child = None
        self._connection = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        if len(os.path.join(self.home, "vcsd.sock")) > LONGEST_SOCKET:
            raise BenchError(f"{self.home} is too long for a socket; give a shorter --work")
        os.makedirs(self.home, mode=0o700, exist_ok=True)
        with open(os.path.join(self.home, "bench.log"), "ab") as log:
            self._child = subprocess.Popen([self._vcsd, "--home", self.home, "--foreground"],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=clean_environment())
        self._connection = self._connect()

    def _connect(self):
        path = os.path.join(self.home, "vcsd.sock")
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            if self._child.poll() is not None:
                break
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                return Connection(path)
            time.sleep(0.001)
        self.kill()
        raise BenchError(f"vcsd does not answer; see {self.home}/bench.log")

    def stop(self):
        """Ends the agent as a person would, and returns when its process is gone."""
        if self._child is None:
            return
        self.call("stop")
        self._connection.close()
        self._child.wait(PATIENCE)
        self._child = self._connection = None

    def kill(self):
        """Kills the agent at once, in any state."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        if self._connection is not None:
            self._connection.close()
        self._child = self._connection = None

    def call(self, method, **params):
        return self._connection.call(method, **params)

    @property
    def pid(self):
        return self._child.pid

    def cpu(self):
        """Seconds of user and system time since it was started."""
        return time.clock_gettime((~self.pid << 3) | 2)  # the CPU clock of that process

    def _memory(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def resident(self):
        return self._memory("VmRSS")

    def peak(self):
        return self._memory("VmHWM")

    @contextlib.contextmanager
    def measured(self):
        """Gives a Cost; when the block ends, it has what the agent used meanwhile."""
        with open(f"/proc/{self.pid}/clear_refs", "w", encoding="ascii") as clear:
            clear.write("5")  # resets the peak, so that it is of this block only
        cost = Cost()
        cpu, started = self.cpu(), time.monotonic()
        yield cost
        cost.wall = time.monotonic() - started
        cost.cpu, cost.peak = self.cpu() - cpu, self.peak()

    def ctl(self, *arguments, output=subprocess.DEVNULL, accept=(0,)):
        """Runs vcsctl; returns the cost of both programs together."""
        command = [self._vcsctl, *arguments, "--home", self.home, "--no-start"]
        with self.measured() as cost:
            ctl = process.run(command, env=clean_environment(), output=output, accept=accept)
        return same(cost, ctl)

    def can_look_at_all(self):
        """Whether `commit` has --full: a scan of every file, without trust in events."""
        return "--full" in process.ask([self._vcsctl, "commit", "--help"])

    def repository(self):
        """What `status` answers about the only repository."""
        return self.call("status")["repositories"][0]

    def data(self):
        """The folder that holds the history of the only repository."""
        return self.call("repo.list")["repositories"][0]["data"]

    def start_to_watching(self):
        """Starts the agent; the cost until it watches and has scanned the folder."""
        started = time.monotonic()
        self.start()
        while self.repository()["state"] != "watching":
            time.sleep(0.001)
            if time.monotonic() - started > 60 * PATIENCE:
                raise BenchError(f"the agent never watches: {self.repository()}")
        return Cost(time.monotonic() - started, self.cpu(), self.peak())

    def rescan(self):
        """Scans every file without trust in events. Returns the cost, and how it was done."""
        if self.can_look_at_all():
            with self.measured() as cost:
                self.call("commit", repository="", full=True)
            return cost, "commit --full"
        self.stop()
        return self.start_to_watching(), "start of the agent"


def clean_environment():
    """The environment without the variables that would change what vcsd does."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("VCSD_") and name != "NOTIFY_SOCKET"}


def pack_bytes(data):
    folder = os.path.join(data, "packs")
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(".pack"))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def sync_floor(folder, count=200, size=8192):
    """The time that the disk needs to make `size` appended bytes durable: the floor of every save.
    Returns p50 and p99."""
    path, times = os.path.join(folder, "floor"), []
    file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for _ in range(count):
            started = time.monotonic()
            os.write(file, os.urandom(size))
            os.fdatasync(file)
            times.append(time.monotonic() - started)
    finally:
        os.close(file)
        os.remove(path)
    return percentile(times, 0.5), percentile(times, 0.99)


def save_many(agent, worktree, files, count):
    """Saves one of `files` and commits it, `count` times; measures each from before the write to
    the answer that it is durable. Returns the cost and the figures of one save."""
    data, times = agent.data(), []
    before = pack_bytes(data)
    with agent.measured() as cost:
        for number in range(count):
            path = os.path.join(worktree, files[number * 7919 % len(files)])
            started = time.monotonic()
            with open(path, "ab") as file:
                file.write(b"saved once more, number %d\n" % number)
            answer = agent.call("commit", repository="")
            times.append(time.monotonic() - started)
            if not answer["created"]:
                raise BenchError(f"a save of {path} made no commit")
    grown = pack_bytes(data) - before
    figures = {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99),
               "bytes": grown / count, "cpu": cost.cpu / count, "saves": count}
    return Cost(figures["p50"], figures["cpu"], cost.peak), figures
