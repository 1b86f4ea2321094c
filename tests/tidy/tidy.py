#!/usr/bin/env python3
"""Fails where clang-tidy finds something in our code: `tidy.py BUILD_DIR [WORD...]`, of a build whose
compile commands are there. With words, only libraries and programs whose names have one of them.

Most of the time goes into reading headers, so that the files of a library are read as one, as many
as MOST_FILES. What was found clean is not looked at again until it, one of our headers or schemas,
or clang-tidy's own configuration changes.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("core", "events", "storage", "edges", "duties", "telemetry", "actors", "node", "tools")
MOST_FILES = 40
OF_ANOTHER_COMPILER = re.compile(r"-c|-W.*|-fpch-preprocess|-g\d?|-O\d")


def program():
    """clang-tidy as tests/tidy/requirements.txt names it, which `setup` installs; None without."""
    own = ROOT / "build/tools/tidy/bin/clang-tidy"
    return str(own) if own.exists() else None


def batches(build):
    """(name, files, options) of each piece to be read: the files of one library or program."""
    sources, options, alone = defaultdict(list), {}, []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])[1:]
        at = words.index("-o")
        target = re.search(r"([^/]+)\.dir/", words[at + 1]).group(1)
        file = Path(entry["file"])
        files = [file]
        if "Unity" in file.parts:
            files = [Path(name) for name in re.findall(r'#include "(/[^"]+)"', file.read_text())]
        files = [each for each in files if each.is_relative_to(ROOT) and
                 each.relative_to(ROOT).parts[0] in OURS]
        if not files:
            continue
        options[target] = [word for word in words[:at] + words[at + 2:] if word != entry["file"]
                           and not OF_ANOTHER_COMPILER.fullmatch(word)]
        if "Unity" in file.parts:
            sources[target] += files
        else:
            alone.append((f"{target}_{file.stem}", files, options[target]))
    yield from alone
    for target, files in sorted(sources.items(), key=lambda item: -len(item[1])):
        pieces = -(-len(files) // MOST_FILES)
        for piece in range(pieces):
            yield f"{target}_{piece}", sorted(files)[piece::pieces], options[target]


def digest(*parts):
    out = hashlib.sha256()
    for part in parts:
        out.update(hashlib.sha256(part).digest())
    return out.hexdigest()


def shared_digest(tidy):
    """Of what all pieces read."""
    version = subprocess.run([tidy, "--version"], capture_output=True, check=True).stdout
    headers = [path.read_bytes() for part in (*OURS, "schemas")
               for path in sorted((ROOT / part).rglob("*")) if path.suffix in (".hpp", ".h", ".capnp")]
    return digest(version, (ROOT / ".clang-tidy").read_bytes(), Path(__file__).read_bytes(), *headers)


def look_at(tidy, home, shared, name, files, options):
    """What clang-tidy says of one piece, or nothing."""
    stamp = home / f"{name}.clean"
    now = digest(shared.encode(), " ".join(options).encode(), *(file.read_bytes() for file in files))
    if stamp.exists() and stamp.read_text() == now:
        return ""
    piece = home / f"{name}.cpp"
    piece.write_text("".join(f'#include "{file}"\n' for file in files))
    own = "|".join(OURS)
    ended = subprocess.run(
        [tidy, "--quiet", "--warnings-as-errors=*", f"--config-file={ROOT}/.clang-tidy",
         f"--header-filter={re.escape(str(ROOT))}/({own})/.*", str(piece), "--",
         "-include", str(Path(__file__).with_name("kj.hpp")), *options, "-w"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ended.returncode == 0:
        stamp.write_text(now)
        return ""
    return (ended.stdout.strip() or ended.stderr.strip()) + "\n"


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: tidy.py BUILD_DIR [WORD...]")
    tidy = program()
    if tidy is None:
        print("skipped: clang-tidy could not be had when ./check set up")
        sys.exit(77)
    build = Path(sys.argv[1]).resolve()
    home = build / "tidy"
    home.mkdir(exist_ok=True)
    shared = shared_digest(tidy)
    pieces = [piece for piece in batches(build)
              if len(sys.argv) == 2 or any(word in piece[0] for word in sys.argv[2:])]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda piece: look_at(tidy, home, shared, *piece), pieces))
    print("".join(dict.fromkeys(found)), end="")
    print(f"{len(pieces)} pieces, {sum(len(files) for _, files, _ in pieces)} files")
    sys.exit(any(found))


if __name__ == "__main__":
    main()
