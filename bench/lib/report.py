# SPDX-License-Identifier: Apache-2.0
"""Formats numbers for people and tables; reads and writes the files of results."""
import csv
import json
import os
import platform
import statistics
import time

from lib.process import BenchError


def seconds(value):
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:.0f} s"
    if value >= 1:
        return f"{value:.2f} s"
    if value >= 0.1:
        return f"{value * 1e3:.0f} ms"
    return f"{value * 1e3:.3g} ms"


def size(value):
    if value is None:
        return "-"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if abs(value) >= factor:
            return f"{value / factor:.3g} {unit}" if abs(value) < 1000 * factor else \
                   f"{value / factor:.0f} {unit}"
    return f"{value:.0f} B"


def ratio(value):
    return "-" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def table(head, rows, markdown, words=1):
    """Text with columns in line, or a table of Markdown; the first `words` columns are text."""
    cells = [list(map(str, row)) for row in [head, *rows]]
    if markdown:
        lines = ["| " + " | ".join(row) + " |" for row in cells]
        lines.insert(1, "|" + "|".join(["---"] * words + ["---:"] * (len(head) - words)) + "|")
        return "\n".join(lines) + "\n"
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "".join("  ".join(cell.ljust(width) if column < words else cell.rjust(width)
                             for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
                   + "\n" for row in cells)


def machine(work, sources=None):
    """The facts that the figures depend on. `sources`: the place of the data, if not `work`."""
    facts = {"date": time.strftime("%Y-%m-%d"), "kernel": platform.release(),
             "processors": os.cpu_count()}
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    facts["processor"] = models[0] if models else platform.machine()
    with open("/proc/meminfo", encoding="ascii") as file:
        facts["memory"] = int(file.readline().split()[1]) * 1024
    facts["filesystem"] = filesystem(os.path.abspath(work))
    if sources is not None and filesystem(os.path.abspath(sources)) != facts["filesystem"]:
        facts["filesystem"] += f" (data on {filesystem(os.path.abspath(sources))})"
    return facts


def filesystem(path):
    best = ("", "?")
    with open("/proc/mounts", encoding="utf-8") as file:
        for line in file:
            _, place, kind, *_ = line.split()
            if (path + "/").startswith(place.rstrip("/") + "/") and len(place) >= len(best[0]):
                best = (place, kind)
    return best[1]


def machine_line(facts):
    return (f"{facts['processors']} × {facts['processor']}, {size(facts['memory'])} of memory, "
            f"{facts['filesystem']}, Linux {facts['kernel']}, {facts['date']}")


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BenchError(f"{path} is not a result of ours ({error}); move it away") from error


def write_text(path, text):
    """Writes the file as a whole or not at all."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def save(path, content):
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_tsv(path, rows):
    columns = []
    for row in rows:
        columns += [name for name in row if name not in columns]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter="\t", restval="")
        writer.writeheader()
        writer.writerows(rows)


def update_section(path, name, text):
    """Puts `text` between the marks <!-- begin NAME --> and <!-- end NAME --> of a page."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    with open(path, encoding="utf-8") as file:
        page = file.read()
    if begin not in page or end not in page:
        raise BenchError(f"{path} has no lines {begin.strip()} and {end}")
    head, rest = page.split(begin, 1)
    _, tail = rest.split(end, 1)
    write_text(path, head + begin + text + end + tail)
