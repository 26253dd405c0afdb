# SPDX-License-Identifier: Apache-2.0
"""Gives vcsd and its peers one interface: a fresh repository and the steps measured on it.

A step returns what it cost and further figures by name. A step that a tool does not have returns
None. Peers run with their defaults; `note` names the exceptions.
"""
import os
import re
import shutil
import time

from lib import agent, process
from lib.process import BenchError, Cost

PACKAGES = {"restic": "restic", "borg": "borgbackup", "git": "git", "bup": "bup",
            "casync": "casync"}
SAVES = 200


class Tool:
    """A program that keeps the history of a folder. `place` is an empty folder of its own."""
    name = ""
    note = ""

    def __init__(self, place, data):
        self.place, self.data = place, data
        self.repository = os.path.join(place, "repository")

    @classmethod
    def is_there(cls):
        return shutil.which(cls.name) is not None

    @classmethod
    def version(cls):
        return re.search(r"\d[\w.+~-]*", process.ask([cls.name, "--version"])).group()

    def prepare(self):
        """Makes the empty repository; not measured."""

    def snapshot(self):
        raise NotImplementedError

    def look(self):
        """The snapshot of a folder in which nothing has changed."""
        return self.snapshot()

    def stored(self):
        return process.stored_bytes(self.repository)

    def close(self):
        """Ends whatever still runs."""

    # --- The steps ---

    def first(self):
        return self.snapshot(), {}

    def unchanged(self):
        return self.look(), {}

    def watched(self):
        return None

    def one(self):
        self.data.change_one()
        before = self.stored()
        cost = self.snapshot()
        return cost, {"bytes": self.stored() - before}

    def insert(self):
        self.data.prepare_insertion()
        before = self.stored()
        self.data.insert()
        cost = self.snapshot()
        return cost, {"bytes": self.stored() - before}

    def restore(self):
        target = os.path.join(self.place, "restored")
        cost = self.restore_to(target)
        check_restored(target, self.data)
        process.empty_tree(target)
        return cost, {}

    def restore_to(self, target):
        raise NotImplementedError

    def verify(self):
        return None

    def push(self):
        return None

    def clone(self):
        return None

    def start(self):
        return None


def check_restored(target, data):
    """Checks that the restored files have the names and sizes of the saved ones."""
    def names(root):
        found = set()
        for place, _, files in os.walk(root):
            for name in files:
                path = os.path.join(place, name)
                found.add((os.path.relpath(path, root), os.lstat(path).st_size))
        return found
    missing = names(data.path) - names(target)
    if missing:
        raise BenchError(f"{len(missing)} files were not restored, {sorted(missing)[0][0]} is one")


class Restic(Tool):
    name = "restic"
    note = "encrypts, which it cannot do without; the password is in its environment"

    @classmethod
    def version(cls):
        return process.ask(["restic", "version"]).split()[1]

    def _run(self, *arguments):
        return process.run(
            ["restic", "--quiet", "--repo", self.repository, *arguments], cwd=self.data.path,
            env={"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": os.path.join(self.place, "cache")})

    def prepare(self):
        self._run("init")

    def snapshot(self):
        return self._run("backup", ".")

    def restore_to(self, target):
        return self._run("restore", "latest", "--target", target)

    def verify(self):
        return self._run("check", "--read-data"), {}


class Borg(Tool):
    name = "borg"
    note = "without encryption (-e none)"

    def __init__(self, place, data):
        super().__init__(place, data)
        self._archives = 0

    def _run(self, *arguments, cwd=None):
        return process.run(
            ["borg", *arguments], cwd=cwd or self.data.path,
            env={"BORG_BASE_DIR": os.path.join(self.place, "base"),
                 "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"})

    def prepare(self):
        os.makedirs(os.path.join(self.place, "base"))
        self._run("init", "--encryption", "none", self.repository)

    def snapshot(self):
        self._archives += 1
        return self._run("create", f"{self.repository}::{self._archives}", ".")

    def restore_to(self, target):
        os.makedirs(target)
        return self._run("extract", f"{self.repository}::{self._archives}", cwd=target)

    def verify(self):
        return self._run("check", "--verify-data", self.repository), {}


class Git(Tool):
    name = "git"
    note = ("add --all --force and commit; asked for changes with status; its collection of garbage "
            "is off; it does not sync its objects unless told to")

    def _run(self, *arguments):
        return process.run(
            ["git", "-c", "gc.auto=0", "-c", "user.name=bench", "-c", "user.email=bench@localhost",
             *arguments], cwd=self.data.path,
            env={"GIT_DIR": self.repository, "GIT_WORK_TREE": self.data.path,
                 "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull})

    def prepare(self):
        self._run("init", "--quiet")

    def snapshot(self):
        added = self._run("add", "--all", "--force", ".")
        return added.then(self._run("commit", "--quiet", "--message", "bench"))

    def look(self):
        return self._run("status", "--porcelain")

    def restore_to(self, target):
        return self._run("checkout-index", "--all", f"--prefix={target}/")

    def verify(self):
        return self._run("fsck", "--full", "--no-dangling", "--no-progress"), {}


class Bup(Tool):
    name = "bup"
    note = "index and save"

    def _run(self, *arguments):
        return process.run(["bup", "-d", self.repository, *arguments], env={"HOME": self.place})

    def prepare(self):
        self._run("init")

    def snapshot(self):
        looked = self._run("index", self.data.path)
        return looked.then(self._run("save", "--quiet", "--strip", "--name", "bench",
                                     self.data.path))

    def restore_to(self, target):
        return self._run("restore", "--quiet", "--outdir", target, "/bench/latest/.")

    def verify(self):
        return self._run("fsck"), {}


class Casync(Tool):
    name = "casync"
    note = "keeps nothing that tells what has changed, so it reads everything each time; no verify"

    def _run(self, *arguments):
        return process.run(["casync", f"--store={self.repository}/store", *arguments])

    def prepare(self):
        os.makedirs(os.path.join(self.repository, "store"))

    def snapshot(self):
        return self._run("make", f"{self.repository}/bench.caidx", self.data.path)

    def restore_to(self, target):
        os.makedirs(target)
        return self._run("extract", f"{self.repository}/bench.caidx", target)


class Vcsd(Tool):
    name = "vcsd"
    note = "cost of the agent and of vcsctl together"
    binaries = ""  # the folder with vcsd and vcsctl
    saves = SAVES

    def __init__(self, place, data):
        super().__init__(place, data)
        self.agent = agent.Agent(self.binaries, os.path.join(place, "home"))

    @classmethod
    def is_there(cls):
        return all(os.access(os.path.join(cls.binaries, program), os.X_OK)
                   for program in ("vcsd", "vcsctl"))

    @classmethod
    def version(cls):
        return process.ask([os.path.join(cls.binaries, "vcsd"), "--version"]).split()[-1]

    def prepare(self):
        self.agent.start()

    def close(self):
        self.agent.kill()

    def first(self):
        cost = self.agent.ctl("init", self.data.path, "--wait")
        self.repository = self.agent.data()
        if self.agent.repository()["head"] == "":
            raise BenchError("the first snapshot made no commit")
        return cost, {}

    def snapshot(self):
        with self.agent.measured() as cost:
            self.agent.call("commit", repository="")
        return cost

    def unchanged(self):
        cost, how = self.agent.rescan()
        return cost, {"how": how}

    def watched(self):
        self.agent.call("status", repository="", wait=True)
        costs = [self.snapshot() for _ in range(20)]
        return Cost(*(agent.percentile(values, 0.5) for values in
                      zip(*((cost.wall, cost.cpu, cost.peak) for cost in costs)))), {}

    def one(self):
        return agent.save_many(self.agent, self.data.path, self.data.files, self.saves)

    def insert(self):
        self.data.prepare_insertion()
        before, objects = self.stored(), self.agent.repository()["store"]["objects"]
        self.data.insert()
        cost = self.snapshot()
        objects = self.agent.repository()["store"]["objects"] - objects
        return cost, {"bytes": self.stored() - before, "objects": objects}

    def restore_to(self, target):
        return self.agent.ctl("restore", "HEAD", "--to", target)

    def verify(self):
        return self.agent.ctl("verify", "--read-data"), {}

    def _remote(self):
        return os.path.join(self.place, "remote")

    def push(self):
        with self.agent.measured() as cost:
            self.agent.call("remote.add", repository="", name="disk", url="file://" + self._remote())
            self.agent.call("sync", repository="", wait=True)
        [remote] = self.agent.call("remote.list", repository="")["remotes"]
        if remote["state"] != "synced":
            raise BenchError(f"the remote is not synced: {remote}")
        return cost, {"bytes": process.stored_bytes(self._remote())}

    def clone(self):
        target = os.path.join(self.place, "clone")
        if not os.path.exists(self._remote()):
            self.push()
        with agent.Agent(self.binaries, self.place + "/home2") as other:
            cost = other.ctl("clone", "file://" + self._remote(), target)
        check_restored(target, self.data)
        process.empty_tree(target)
        return cost, {}

    def start(self):
        self.agent.stop()
        return self.agent.start_to_watching(), {"resident": self.agent.resident()}


class Floor(Tool):
    """What the machine itself needs for a part of the work, without any history."""
    name = "floor"
    note = ("first: all files read; nothing changed: all looked at with find; one: 8 KiB appended "
            "to a file and synced; restored: all copied with cp")

    @classmethod
    def is_there(cls):
        return True

    @classmethod
    def version(cls):
        return ""

    def first(self):
        return self.data.read_all(), {}

    def unchanged(self):
        return process.run(["find", self.data.path, "-size", "-1c", "-size", "+1c"]), {}

    def one(self):
        times = []
        with open(os.path.join(self.place, "log"), "ab", buffering=0) as log:
            for _ in range(SAVES):
                started = time.monotonic()
                log.write(b"*" * 8192)
                os.fdatasync(log.fileno())
                times.append(time.monotonic() - started)
        figures = {"p99": agent.percentile(times, 0.99), "saves": SAVES}
        return Cost(agent.percentile(times, 0.5), None, None), figures

    def insert(self):
        return None

    def stored(self):
        return None

    def restore_to(self, target):
        return process.run(["cp", "-a", self.data.path, target])


PEERS = [Restic, Borg, Git, Bup, Casync]
ALL = {tool.name: tool for tool in [Vcsd, *PEERS, Floor]}

STEPS = {
    "first": "first snapshot",
    "unchanged": "nothing changed, everything looked at",
    "watched": "nothing changed, known from events",
    "one": "one file changed, until it is durable",
    "insert": "one byte inserted at its start",
    "restore": "everything restored",
    "verify": "everything read and verified",
    "push": "copied to a folder as remote",
    "clone": "cloned from there",
    "start": "agent started, until it watches",
}


def steps_for(data):
    """The steps that make sense on a data set."""
    if data == "tar":
        return ["first", "unchanged", "insert", "restore", "verify"]
    if data == "million":
        return ["first", "unchanged", "watched", "one", "start"]
    return [step for step in STEPS if step != "insert"]


def tools_for(data):
    return ["vcsd", "git", "floor"] if data == "million" else list(ALL)
