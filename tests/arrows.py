#!/usr/bin/env python3
"""Fails on any include that the house does not allow: `arrows.py ROOT`; and where docs/contributing.md
does not show the table as it is (`arrows.py --table` prints what it must show).

A directory may include what its row names, and itself; a library may be included where its row
says. Includes of our own are written by path from the root. In core/ and events/ nothing may read
a clock or chance, or compute in floating point.
"""
import re
import sys
from pathlib import Path

ALL = None
ARROWS = {
    "core": [],
    "schemas": [],
    "storage": ["core/"],
    "edges": ["core/"],
    "events": ["core/", "schemas/"],
    "duties": ["events/", "edges/ports.hpp", "core/", "schemas/"],
    "telemetry": ["core/"],
    "actors": ["duties/", "telemetry/", "events/", "storage/", "edges/ports.hpp", "core/",
               "schemas/"],
    "node": ALL,
    "tools": ["events/", "storage/", "edges/", "core/", "schemas/"],
    "tests": ALL,
}
LIBRARIES = {  # what an include begins with: the paths that may have it
    "capnp/": ["core/message", "events/", "duties/", "actors/", "node/", "tools/", "tests/"],
    "kj/": ["core/message", "events/", "duties/", "actors/", "node/", "tools/", "tests/"],
    "secp256k1": ["core/crypto/", "tests/"],
    "caf/": ["actors/", "node/", "tests/"],
    "lmdb.h": ["storage/", "tests/"],
    "CLI/": ["core/cli/command.cpp"],
    "boost/asio": ["edges/", "node/", "tests/"],
    "boost/beast": ["edges/", "node/", "tests/"],
    "edges/proto/": ["edges/", "tests/"],
}
PURE = ["core/", "events/"]
IMPURE = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|random_device|mt19937|"
                    r"float|double)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
IMPORT = re.compile(r'\bimport\s+"([^"]+)"')
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def table():
    """The rows as docs/contributing.md shows them."""
    rows = [f"{part:<10} may include  {' '.join(allowed) if allowed else 'nothing of ours'}"
            if allowed is not ALL else f"{part:<10} may include  everything"
            for part, allowed in ARROWS.items()]
    rows += [f"{library:<12} is included by  {' '.join(homes)}" for library, homes in LIBRARIES.items()]
    return "\n".join(rows) + "\n"


def starts(path, prefixes):
    return any(path.startswith(prefix) for prefix in prefixes)


def violations(path, text):
    """What is wrong with one source file, path from the root."""
    part = path.split("/")[0]
    found = []
    if path.endswith(".capnp"):
        for target in IMPORT.findall(text):
            if target != "/capnp/c++.capnp" and "schemas/" not in target and "/" in target:
                found.append(f"imports {target}")
        return found
    allowed = ARROWS[part]
    for quote, target in INCLUDE.findall(text):
        for library, homes in LIBRARIES.items():
            if target.startswith(library) and not starts(path, homes):
                found.append(f"includes {target}: only {' '.join(homes)} may")
        ours = target.split("/")[0] in ARROWS and "/" in target
        if quote == '"' and not ours:
            found.append(f"includes {target} not by path from the root")
        elif ours and allowed is not ALL and not starts(target, [part + "/", *allowed]):
            found.append(f"includes {target}: {part}/ may include {' '.join(allowed) or 'nothing'}")
    if starts(path, PURE):
        for word in IMPURE.findall(NOT_CODE.sub(" ", text)):
            found.append(f"uses {word}")
    return found


def check_itself():
    """A test that finds nothing anywhere would pass for ever."""
    for path, text in [
        ("core/a.cpp", '#include "events/world.hpp"'),
        ("core/hash.cpp", "#include <capnp/message.h>"),
        ("core/eth/txn.cpp", "#include <secp256k1.h>"),
        ("edges/a.cpp", '#include "schemas/blocks.capnp.h"'),
        ("actors/a.cpp", '#include "edges/json_rpc.hpp"'),
        ("duties/a.cpp", '#include "telemetry/board.hpp"'),
        ("duties/a.cpp", "#include <caf/actor.hpp>"),
        ("telemetry/a.cpp", '#include "events/world.hpp"'),
        ("tools/a.cpp", "#include <caf/actor_system.hpp>"),
        ("node/a.cpp", '#include "edges/proto/abci.pb.h"'),
        ("tools/a.cpp", '#include "actors/interfaces.hpp"'),
        ("node/cli/a.cpp", "#include <CLI/CLI.hpp>"),
        ("events/a.cpp", '#include "a.hpp"'),
        ("events/a.cpp", "double rate = 1;"),
        ("core/a.cpp", "auto now = std::chrono::steady_clock::now();"),
        ("schemas/a.capnp", 'import "/events/b.capnp"'),
    ]:
        assert len(violations(path, text)) == 1, (path, text, violations(path, text))
    for path, text in [
        ("core/message.hpp", "#include <capnp/message.h>"),
        ("actors/a.cpp", '#include "edges/ports.hpp"'),
        ("node/a.cpp", '#include "actors/interfaces.hpp"'),
        ("events/a.cpp", '// a double spend\n#include "core/u256.hpp"\nauto a = "float";'),
    ]:
        assert not violations(path, text), (path, text, violations(path, text))


def main():
    if sys.argv[1] == "--table":
        print(table(), end="")
        return 0
    check_itself()
    root = Path(sys.argv[1])
    files = [file for part in ARROWS for file in sorted((root / part).rglob("*"))
             if file.suffix in (".hpp", ".cpp", ".capnp") and file.is_file()]
    found = [f"{file.relative_to(root)}: {what}" for file in files
             for what in violations(str(file.relative_to(root)), file.read_text())]
    if table() not in (root / "docs" / "contributing.md").read_text():
        found.append("docs/contributing.md: shows another table than `tests/arrows.py --table`")
    print(*found, sep="\n")
    print(f"{len(files)} files, {len(found)} forbidden")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
