#!/usr/bin/env python3
"""Takes the verifier's checks away, one at a time, and sees whether the tests notice.

    tests/crash/mutate_verifier.py BUILD_DIRECTORY [--jobs N] [NAME...]
    tests/crash/mutate_verifier.py --texts      # only whether each text stands in its file, once

BUILD_DIRECTORY has test_tools built from this tree. A mutant is one source file with one text
replaced, compiled by that build's own command into a temporary directory, and linked into a copy of
test_tools in place of the original; neither the tree nor the build is touched. Prints for each whether
it was killed (a test failed, or the program did) or survived; ends with 1 if one survived or could not
be made. NAME: only mutations whose names hold it.
"""

import argparse
import concurrent.futures
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What must notice: the suites that verify logs within their own process.
SUITES = "verify_,replay_,shared_audit"
# A mutant may go round in circles.
LONGEST_S = 900

# name, file, text (once in the file), replacement
MUTATIONS = [
    ("header: magic", "events/record.cpp",
     "if (!std::equal(record_magic.begin(), record_magic.end(), bytes.begin())) {", "if (false) {"),
    ("header: version", "events/record.cpp", "version != RecordHeader::version) {",
     "version == 0) {"),
    ("header: more", "events/record.cpp", "if (bytes[7] > 1)", "if (bytes[7] > 250)"),
    ("header: reserved", "events/record.cpp",
     "std::any_of(reserved.begin(), reserved.end(), [](auto b) { return b != 0; })", "false"),
    ("record's hash leaves the header out", "events/record.cpp",
     "return sha256({BytesView(&leaf, 1), header, payload_digest.view()});",
     "return sha256({BytesView(&leaf, 1), header.first(0), payload_digest.view()});"),
    ("fold: seq", "events/world.cpp", "if (header.seq != world.seq + 1) {", "if (false) {"),
    ("fold: prev", "events/world.cpp", "if (header.prev != world.head) {", "if (false) {"),
    ("fold: time", "events/world.cpp", "if (header.time_ms < world.time_ms) {", "if (false) {"),
    ("fold: cause", "events/world.cpp", "if (header.cause >= header.seq) {", "if (false) {"),
    ("fold: kind", "events/world.cpp", "tag != header.kind || tag == 0) {", "tag == 0) {"),
    ("state hash: local", "events/state_hashes.cpp", "if (logged == at.hashes) {",
     "if (logged.shared == at.hashes.shared) {"),
    ("state hash: shared", "events/state_hashes.cpp", "if (logged == at.hashes) {",
     "if (logged.local == at.hashes.local) {"),
    ("state hash: digests", "events/state_hashes.cpp",
     "if (!said.hasDomains() || digests_of(said) == at.digests) return {};", "return {};"),
    ("state hash: where nobody takes it", "tools/replay/audit/verify.cpp",
     "if (!fact.isStateHashed() || hashes_.took(fact.getStateHashed().getSeq())) "
     "return std::nullopt;", "return std::nullopt;"),
    ("state hash: not looked at", "tools/replay/audit/verify.cpp",
     "return check_state_hash(*record);", "return std::nullopt;"),
    ("key", "tools/replay/audit/fold.cpp", "if (value.seq != expected) {", "if (false) {"),
    ("schema", "tools/replay/audit/prepared.cpp",
     "each.is_fact = check_fact(record->header.domain, record->payload).has_value();",
     "each.is_fact = true;"),
    ("link: who is to blame", "tools/replay/audit/verify.cpp",
     "if (after != nullptr && after->header.prev != next_hash) {", "if (false) {"),
    ("link: not looked at ahead", "tools/replay/audit/verify.cpp", "if (prev == hash) return {};",
     "return {};"),
    ("first record", "tools/replay/audit/verify.cpp", "if (opened) return {};", "return {};"),
    ("a stranger in a decision of the mempool", "tools/replay/audit/verify.cpp",
     "if (record.header.domain == Domain::MEMPOOL) return std::nullopt;", "return std::nullopt;"),
    ("the end: within a decision", "tools/replay/audit/verify.cpp", "if (!world().settled) {\n      return",
     "if (false) {\n      return"),
    ("the end: the tree", "tools/replay/audit/verify.cpp",
     "return tree_.end(source_, world().local.node);", "return std::nullopt;"),
    ("tree: stored tile", "tools/replay/audit/tree_audit.cpp",
     "if (place < stored_.size() && stored_[place] != root) {", "if (false) {"),
    ("tree: signed root", "tools/replay/audit/tree_audit.cpp",
     "if (checkpoint.root == root) return std::nullopt;", "return std::nullopt;"),
    ("tree: origin", "tools/replay/audit/tree_audit.cpp", "if (checkpoint.origin != origin) {",
     "if (false) {"),
    ("tree: signature", "tools/replay/audit/tree_audit.cpp",
     "if (!note.signed_by(identity.log_public_key)) {", "if (false) {"),
    ("tree: more signed than there is", "tools/replay/audit/tree_audit.cpp", "if (size > *last) {",
     "if (false) {"),
    ("tree: more tiles than there are records", "tools/replay/audit/tree_audit.cpp",
     "if (stored_.size() > *last / merkle::tile_leaves) {", "if (false) {"),
    ("tree: what is trusted reaches over a checkpoint", "tools/replay/audit/tree_audit.cpp",
     "tiles = std::min(tiles, (each.note.checkpoint.size - 1) / merkle::tile_leaves);", ""),
    ("block: pool position", "tools/replay/audit/block_audit.cpp",
     "if (position < pool_.position || position > before.local.mempool.position) {",
     "if (position > before.local.mempool.position) {"),
    ("block: the one before left the pool", "tools/replay/audit/block_audit.cpp",
     "if (pool_.included_block + 1 != header.getNumber()) {", "if (false) {"),
    ("block: skipped twice", "tools/replay/audit/block_audit.cpp",
     "if (!skipped.insert(fixed<Hash32>(skip.getHash())).second) {",
     "if (skipped.insert(fixed<Hash32>(skip.getHash())); false) {"),
    ("block: no need of it", "tools/replay/audit/block_audit.cpp",
     "if (chosen.empty() && !starved(pool_, next_base_fee(before.shared.blocks))) {",
     "if (false) {"),
    ("block: other transactions", "tools/replay/audit/block_audit.cpp", "got != txn->hash) {", "false) {"),
    ("block: more transactions", "tools/replay/audit/block_audit.cpp",
     "if (next < hashes.size()) {", "if (false) {"),
    ("block: skipped what was not chosen", "tools/replay/audit/block_audit.cpp",
     "if (!skipped.empty()) {", "if (false) {"),
    ("block: senders' nonces", "tools/replay/audit/block_audit.cpp",
     "place->second == sender.getNonce()) nonces", "true) nonces"),
    ("block: senders' number", "tools/replay/audit/block_audit.cpp",
     "if (said.size() != wanted || !nonces.empty()) {", "if (!nonces.empty()) {"),
    ("block: facts that were let go", "tools/replay/audit/block_audit.cpp", "let_go_ = seq;", ""),
    ("block: what is said beside it", "tools/replay/audit/redecide.cpp",
     "if (std::ranges::equal(logged.bytes().first(root), empty.bytes().first(root))) "
     "return logged;", "return logged;"),
    ("block: its word is not waited for", "events/blocks/decide.cpp", "if (word.signer != sequencer) {",
     "if (false) {"),
    ("block: its epoch", "events/blocks/decide.cpp", "if (named != epoch) {", "if (false) {"),
    ("block: the engine's payload", "events/blocks/decide.cpp", "if (!word.no_payload.empty()) return",
     "if (false) return"),
    ("block: its transactions' signatures", "events/blocks/decide.cpp",
     "if (rules.signs_txns) return word.unsigned_txn;", "if (rules.signs_txns) return {};"),
    ("block: its hashes", "events/blocks/decide.cpp", "if (!word.wrong.empty()) {", "if (false) {"),
    ("decision: bytes", "tools/replay/audit/shared_audit.cpp",
     "(one || std::ranges::equal(ours, theirs))", "(one || ours.size() == theirs.size())"),
    ("decision: cause", "tools/replay/audit/shared_audit.cpp",
     "if (fact.cause == wanted) return std::nullopt;", "return std::nullopt;"),
    ("decision: a fact too many", "tools/replay/audit/shared_audit.cpp",
     "  if (wanted_.empty()) {\n    return finding(fact, \"decision\"",
     "  if (wanted_.empty()) return std::nullopt;\n  if (false) {\n"
     "    return finding(fact, \"decision\""),
    ("decision: a fact too few", "tools/replay/audit/shared_audit.cpp",
     "  ask_reactions(after);\n", "  return std::nullopt;\n"),
    ("decision: refused", "tools/replay/audit/shared_audit.cpp", "if (!decision->ok()) {",
     "if (!decision->ok()) return std::nullopt;\n  if (false) {"),
    ("decision: nothing leads to it", "tools/replay/audit/shared_audit.cpp", "if (!decision) {",
     "if (!decision) return std::nullopt;\n  if (false) {"),
    ("round: what was composed", "tools/replay/audit/redecide.cpp",
     "if (slot.purpose != MpcPurpose::REWARD_SUBMIT) return std::nullopt;",
     "return std::nullopt;"),
    ("plan: the key", "tools/replay/audit/redecide.cpp",
     "if (key_of(before.shared.mpc, slot) == nullptr) {", "if (false) {"),
]


def output_of(*command, cwd):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


class Build:
    def __init__(self, directory):
        self.directory = directory
        commands = output_of("ninja", "-t", "commands", "bin/test_tools", cwd=directory)
        self.commands = commands.splitlines()

    def compile_command(self, source, mutant, out):
        path = str(ROOT / source)
        for command in self.commands:
            words = shlex.split(command)
            if path not in words or "-c" not in words:
                continue
            words[words.index(path)] = str(mutant)
            words[words.index("-o") + 1] = str(out)
            for option in ("-MF", "-MT"):
                if option in words:
                    words[words.index(option) + 1] = str(out) + ".d"
            return words
        raise LookupError(f"{source} is no part of test_tools")

    def link_command(self, mutant, out):
        command = self.commands[-1].removeprefix(": && ").removesuffix(" && :")
        words = shlex.split(command)
        at = words.index("-o")
        words[at + 1] = str(out)
        # Before the libraries, so that their member of the same names stays out.
        words.insert(at, str(mutant))
        return words


def verdict(build, scratch, number, mutation):
    name, source, text, replacement = mutation
    content = (ROOT / source).read_text()
    if content.count(text) != 1:
        return name, f"CANNOT BE MADE: {source} holds its text {content.count(text)} times"
    mutant = scratch / f"{number}.cpp"
    mutant.write_text(content.replace(text, replacement))
    obj, program = scratch / f"{number}.o", scratch / f"{number}"
    for command in (build.compile_command(source, mutant, obj) + ["-w"],
                    build.link_command(obj, program)):
        done = subprocess.run(command, cwd=build.directory, capture_output=True, text=True)
        if done.returncode != 0:
            return name, "CANNOT BE MADE: " + done.stderr[:2000]
    try:
        ran = subprocess.run([program, f"--run_test={SUITES}", "--color_output=no"], cwd=scratch,
                             capture_output=True, text=True, errors="replace", timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return name, "killed (it did not end)"
    finally:
        program.unlink()
    if ran.returncode == 0:
        return name, "SURVIVED"
    said = (ran.stdout + ran.stderr).splitlines()
    first = next((line for line in said if " error: in " in line), "")
    return name, "killed by " + (first.split('"')[1] if '"' in first else f"end {ran.returncode}")


def misplaced():
    """The mutations that could not be made, since the code has changed."""
    return [f"{name}: {file} does not have this text once: {text}"
            for name, file, text, _ in MUTATIONS
            if not (ROOT / file).is_file() or (ROOT / file).read_text().count(text) != 1]


def main():
    if sys.argv[1:] == ["--texts"]:
        lost = misplaced()
        print(*lost, sep="\n")
        print(f"{len(MUTATIONS) - len(lost)} passed, {len(lost)} failed, 0 skipped")
        sys.exit(1 if lost else 0)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    build = Build(options.build.resolve())
    chosen = [each for each in MUTATIONS
              if not options.names or any(part in each[0] for part in options.names)]
    with tempfile.TemporaryDirectory(prefix="horae-mutants-") as directory:
        scratch = pathlib.Path(directory)
        plain = subprocess.run([build.directory / "bin/test_tools", f"--run_test={SUITES}"],
                               cwd=scratch, capture_output=True, text=True, errors="replace")
        if plain.returncode != 0:
            sys.exit("without a mutation the tests fail:\n" + plain.stdout + plain.stderr)
        counts = {"killed": 0, "SURVIVED": 0, "CANNOT": 0}
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            runs = [pool.submit(verdict, build, scratch, number, mutation)
                    for number, mutation in enumerate(chosen)]
            for run in runs:
                name, said = run.result()
                counts[said.split()[0]] += 1
                print(f"{name}: {said}", flush=True)
    print(f"{len(chosen)} mutants: {counts['killed']} killed, {counts['SURVIVED']} survived, "
          f"{counts['CANNOT']} could not be made")
    sys.exit(0 if counts["killed"] == len(chosen) else 1)


if __name__ == "__main__":
    main()
