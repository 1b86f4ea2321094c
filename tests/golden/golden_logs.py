#!/usr/bin/env python3
"""Replays the log of each released schema to its recorded state: golden_logs.py BIN_DIR.

log-N.mdb.xz is the log of a short dev network, log-N.json what `horae-replay state --json` said of
it when its schema was new. Neither file is ever changed.

log-1: a lock lost in a reorganisation, empty blocks under a falling base fee, a transaction behind
a nonce gap, a kill and a restart. log-2 (make_log.mjs): reward batches, of which one reverts and is
composed anew and one is taken back by a reorganisation, a relock, a claim, and a proven fault.
log-3: what `horae observe` wrote of Metis's recorded life (metis-life-a), with the log's key and
checkpoint beside it, so that a newer `horae observe` can go on with it (functional/upgrade.mjs).
log-4: the life of log-2 anew, with L1's times and its bound on blocks. log-5: the same, with a
transaction behind a nonce gap that expires, and faults of known signers alone. log-6: the same; blocks
name their epoch and hold the engine's payload, and some hold a signature over each transaction's hash.
log-7: the same; domains may hold a pool's agreement, and this log's is of a node alone. log-8
(make_pool_log.mjs): a pool's leader, with a change of rules that was agreed on; what is absent is null.
log-9: the same, of members that execute the blocks and attest them. log-10: the same, of members that take
turns, one of whom is killed in its turn and replaced. log-11: the same, of members that revoke the block of one
whose engine executes otherwise; blocks are paid once they are attested.
"""
import contextlib
import json
import lzma
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path


def is_blank(value):
    """What a version showed of a struct that is absent, before it showed null."""
    if isinstance(value, dict):
        return all(is_blank(each) for each in value.values())
    return not value or (isinstance(value, str) and set(value) <= set("0x"))


def differences(wanted, got, at):
    """What is not as recorded; what a newer version shows beside it is no difference."""
    if got is None and isinstance(wanted, dict) and is_blank(wanted):
        return
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name, value in wanted.items():
            yield from differences(value, got.get(name), f"{at}.{name}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for place, (value, other) in enumerate(zip(wanted, got)):
            yield from differences(value, other, f"{at}[{place}]")
    elif wanted != got:
        yield f"{at}: wanted {wanted}, got {got}"


def exported_blocks(run, home, chain):
    """How many blocks were revoked; of those that were not the export has each number once."""
    out = Path(home) / "log.sqlite"
    run("export", "--format", "sqlite", "-o", str(out))
    with contextlib.closing(sqlite3.connect(out)) as database:
        select = lambda words: database.execute(f"SELECT {words}").fetchone()
        kept = select("count(*), coalesce(max(number), 0), count(DISTINCT number) FROM blocks "
                      "WHERE revoked IS NULL")
        assert kept == (chain["head"]["number"],) * 3, f"{kept}, the head is {chain['head']}"
        lost = select("count(*) FROM transactions JOIN blocks ON block=number "
                      "WHERE revoked IS NULL AND transactions.last_seq<blocks.seq")
        assert lost == (0,), f"{lost} transactions in blocks that were not there yet"
        return select("count(*) FROM blocks WHERE revoked IS NOT NULL")[0]


def check(packed, replay):
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "log"
        log.mkdir()
        (log / "data.mdb").write_bytes(lzma.decompress(packed.read_bytes()))
        run = lambda *words: subprocess.run([replay, *words, "--datadir", home], check=True,
                                            capture_output=True, text=True).stdout
        run("verify")
        wanted = json.loads(packed.with_name(packed.name.replace(".mdb.xz", ".json")).read_text())
        got = json.loads(run("state", "--json"))
        wrong = list(differences(wanted, got, packed.name))
        assert not wrong, "\n".join(wrong)
        return exported_blocks(run, home, wanted["blocks"])


def main():
    logs = sorted(Path(__file__).parent.glob("log-*.mdb.xz"))
    revoked = [check(packed, Path(sys.argv[1]) / "horae-replay") for packed in logs]
    assert any(revoked), "no log has a revoked block"
    told = json.loads(subprocess.run([Path(sys.argv[1]) / "horae-replay", "version", "--json"],
                                     check=True, capture_output=True, text=True).stdout)
    newest = max(int(packed.name.split("-")[1].split(".")[0]) for packed in logs)
    assert told["schema"] == newest, f"schema {told['schema']}, the newest golden log is {newest}"
    print(f"{len(logs)} passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    main()
