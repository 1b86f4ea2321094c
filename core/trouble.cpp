#include "core/trouble.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "core/result.hpp"

namespace horae {
namespace {

constexpr std::array table{
    TroubleEntry{
        Trouble::unexpected, "H-UNEXPECTED", Exit::unexpected, "something unexpected",
        "The command ended for a reason that has no code of its own.",
        "A library or the system refused something that normally works; the message has its words.",
        "Read the message; if it makes no sense, report it with the lines before it.",
        "docs/reference.md, Codes"},
    TroubleEntry{
        Trouble::bug, "H-BUG", Exit::unexpected, "something impossible happened",
        "The node found itself in a state that its own rules exclude, and stopped at once rather "
        "than go on from it. A running node ends with SIGABRT, which a shell shows as 134.",
        "A defect of the node, or memory or a disk that alters what it holds.",
        "Start it again: a start is a replay, and nothing acknowledged is lost. Run horae-replay "
        "verify on its directory, and report the message.",
        "docs/auditing.md, 3. Verify it"},
    TroubleEntry{
        Trouble::disk_failed, "H-DISK-FAILED", Exit::unexpected, "the log's disk failed a commit",
        "A commit to the log did not succeed. Nobody knows then what is on the disk, so the node "
        "stops at once and never tries the same commit again. What was acknowledged is there.",
        "No space left, the log's map (log.map_mib) too small, an input/output error.",
        "Free some space, give it a larger map or see what the system says of the disk, as the "
        "message says; then start again.",
        "docs/reference.md, Room"},
    TroubleEntry{Trouble::usage, "H-USAGE", Exit::usage, "a wrong option or argument",
                 "The command line asks for something that the command does not know or take.",
                 "A misspelt or missing option, a value out of its range.",
                 "See the command's --help.", "docs/reference.md, Codes"},
    TroubleEntry{
        Trouble::settings, "H-SETTINGS", Exit::configuration, "settings that are wrong or missing",
        "What the file, the variables and the flags say together is not enough or not possible. "
        "Nothing was started.",
        "An unknown key, a value that its setting refuses, a setting that has no default.",
        "Correct what each line names; `horae config check` says whether it is enough, `horae "
        "config show --origin` where each value comes from.",
        "docs/reference.md, Settings and keys"},
    TroubleEntry{
        Trouble::directory_locked, "H-DIR-LOCKED", Exit::directory,
        "the data directory is in use by another process",
        "One process at a time may write a log, and another one holds this directory. The lock is "
        "the kernel's: it is gone with its process, and there is nothing to delete.",
        "Another node runs on it, or the former one has not ended yet.",
        "Stop the process that the message names, or give another --datadir. Never delete the "
        "lock file.",
        "docs/reference.md, Files"},
    TroubleEntry{
        Trouble::directory_access, "H-DIR-ACCESS", Exit::directory,
        "the data directory cannot be made, read or written",
        "The system refuses the node its directory or a file in it.",
        "Another user owns it, its mode is not 0700, the file system is read-only or full.",
        "Give the directory to the user that the node runs as, with mode 0700.",
        "docs/reference.md, Files"},
    TroubleEntry{
        Trouble::directory_gone, "H-DIR-GONE", Exit::directory,
        "the log's directory is gone from its place",
        "While the node ran, its log's directory was moved away or replaced. What it would write "
        "from there on would be lost, so that it stopped at once.",
        "Somebody moved or deleted the directory, or unmounted its disk.",
        "Put it back as it was, then start again. What was acknowledged is in it.",
        "docs/reference.md, Room"},
    TroubleEntry{
        Trouble::lookups, "H-LOOKUPS", Exit::directory, "the lookups cannot be opened",
        "lookups/ holds hash to record, rebuilt from the log when it is missing; it cannot be "
        "opened or read.",
        "Permissions, a disk that is full, or a damaged file.",
        "Correct the permissions, or delete lookups/: the next start builds it anew.",
        "docs/reference.md, Files"},
    TroubleEntry{
        Trouble::inspect_socket, "H-INSPECT-SOCKET", Exit::directory,
        "the inspector's socket cannot be opened",
        "The node makes inspect.sock in its data directory for horae-inspect, and cannot; or "
        "horae-inspect may not open it.",
        "Permissions of the directory, a path that is too long for a socket, or an "
        "inspector of another user than the node's.",
        "Correct the permissions, choose a shorter path, or inspect as the user who runs "
        "the node.",
        "docs/inspecting.md"},
    TroubleEntry{
        Trouble::log_corrupt, "H-LOG-CORRUPT", Exit::corrupt, "the log is damaged",
        "A record, the tree or the checkpoint beside the log is not what was written, or the log "
        "lost its end. Nothing is repaired in silence.",
        "A disk that alters what it holds, a file that somebody wrote into or put back from an "
        "older copy, a log of a newer version.",
        "`horae-replay verify --datadir DIR` tells more. Put a copy of log/ back in its place: it "
        "goes on from there.",
        "docs/auditing.md, 3. Verify it"},
    TroubleEntry{
        Trouble::snapshot_altered, "H-SNAPSHOT-ALTERED", Exit::corrupt,
        "the node started from a state that the log does not give",
        "Behind a start from a snapshot the whole log is read once more, and it did not come out "
        "as the snapshot said. What the node did since may rest on a wrong state.",
        "A snapshot, or a record before it, was altered.",
        "The snapshots are deleted: the next start reads every record. Run `horae-replay verify` "
        "first, to see what the log says.",
        "docs/auditing.md, Snapshots"},
    TroubleEntry{Trouble::key_open, "H-KEY-OPEN", Exit::key, "a key cannot be opened",
                 "A keystore, or the password that opens it, is not what it should be.",
                 "A wrong password, a file that is no keystore, that others can read, or that is "
                 "not there.",
                 "See that the path and the password are right; chmod 600 the file. `horae keys "
                 "show-pubkey FILE` tries it.",
                 "docs/reference.md, Settings and keys"},
    TroubleEntry{Trouble::key_make, "H-KEY-MAKE", Exit::key, "a keystore cannot be made",
                 "A new key or a new password could not be put into its file. No file that was "
                 "there is changed.",
                 "The file is there already, the directory cannot be written, no password, or "
                 "two that differ.",
                 "Choose another path, and give a password at the terminal or in a private file.",
                 "docs/reference.md, Settings and keys"},
    TroubleEntry{Trouble::key_other, "H-KEY-OTHER", Exit::key, "the backup holds another key",
                 "Both files open, but they are not the same key.",
                 "A copy of another node's keystore, or of one from before a change of key.",
                 "Make the copy anew, and verify it again.",
                 "docs/reference.md, Settings and keys"},
    TroubleEntry{
        Trouble::log_key, "H-LOG-KEY", Exit::key, "the log's own key is missing or another one",
        "Each log has a key of its own, made with it, which signs its checkpoints. It lies in "
        "log/key.pem, and it is not there or not the one that the log's first record names.",
        "log/ was copied without it, or it was replaced.",
        "Put log/key.pem back from a copy of log/. Without it the log can be read and verified, "
        "but not continued.",
        "docs/auditing.md, What the key beside the log protects against, and what not"},
    TroubleEntry{Trouble::l1_unreachable, "H-L1-UNREACHABLE", Exit::unreachable,
                 "the L1 endpoint does not answer",
                 "A start needs one answer of L1's at least, and got none. (A running node goes "
                 "on, and tries again.)",
                 "A wrong URL, a provider that is down or refuses the key, a firewall.",
                 "Try the endpoint: cast chain-id --rpc-url URL.",
                 "docs/reference.md, Settings and keys"},
    TroubleEntry{
        Trouble::engine_unreachable, "H-ENGINE-UNREACHABLE", Exit::unreachable,
        "the engine does not answer",
        "The execution client that runs L2 transactions gives no answer, or ended.",
        "It is not started, listens elsewhere, or is still starting; or what engine.command "
        "names does not run.",
        "Start the engine first, and try it: cast chain-id --rpc-url URL. What one that "
        "the node starts has said is in engine.log in the data directory.",
        "docs/operating.md, The engine"},
    TroubleEntry{
        Trouble::l1_views_unread, "H-L1-VIEWS-UNREAD", Exit::unreachable,
        "the contracts' views cannot be read at the confirmed head",
        "The logs of the locking pool were followed to the head, but the endpoint does not answer "
        "calls there, so that nothing could be compared.",
        "An endpoint that prunes state, or limits calls.",
        "Use an endpoint that has the state of the confirmed head.", "README.md, Audit"},
    TroubleEntry{Trouble::not_ready, "H-NOT-READY", Exit::not_ready, "not ready yet",
                 "What was asked or waited for has not come about in the time given.",
                 "The node still replays its log, follows L1, or cannot go on; the message says "
                 "which.",
                 "Wait longer, or see what `horae status` says.",
                 "docs/reference.md, Status, probes, metrics"},
    TroubleEntry{
        Trouble::directory_identity, "H-DIR-IDENTITY", Exit::precondition,
        "the data directory belongs to another node",
        "The log's first record names the chains, contracts and engine that it is of; the "
        "settings name others. Nothing was written.",
        "A directory of another network, or changed addresses, engine flags or genesis time.",
        "Give the directory that belongs to these settings, or an empty one.",
        "docs/reference.md, Settings and keys"},
    TroubleEntry{Trouble::l1_chain, "H-L1-CHAIN", Exit::precondition,
                 "the L1 endpoint is of another chain",
                 "The endpoint's chain id is not the one that the network or the log names.",
                 "A URL of another network.", "Give an endpoint of the chain that is named.",
                 "docs/reference.md, Settings and keys"},
    TroubleEntry{Trouble::engine_chain, "H-ENGINE-CHAIN", Exit::precondition,
                 "the engine is of another chain",
                 "The engine's chain id is not the one in the settings.",
                 "An engine that was started for something else, or a wrong l2.chain_id.",
                 "Start the engine with the chain id that is wanted, or correct the settings.",
                 "docs/reference.md, Settings and keys"},
    TroubleEntry{Trouble::l1_no_contracts, "H-L1-NO-CONTRACTS", Exit::precondition,
                 "there are no contracts at the addresses",
                 "At the head of L1 one of the two addresses has no code. Nothing was written.",
                 "A wrong address, or an endpoint of another chain.",
                 "See the addresses of LockingPool's and LockingInfo's proxies.",
                 "README.md, Audit"},
    TroubleEntry{Trouble::l1_refused, "H-L1-REFUSED", Exit::precondition,
                 "what L1 tells does not fit the contracts",
                 "The addresses are not those of one pool, the first block lies above its "
                 "deployment, or the contracts' events do not follow from what is known of them.",
                 "The two addresses swapped, one of another contract or another pool, or a first "
                 "block behind the deployment.",
                 "Give both proxies' addresses in their places, and the block of the deployment or "
                 "an earlier one. A first start that is refused so writes nothing.",
                 "README.md, Audit"},
    TroubleEntry{Trouble::rules_refused, "H-RULES-REFUSED", Exit::precondition,
                 "the log refuses a rule that the genesis or a change gives",
                 "What configures a rule enters the log as a fact, and the log's own rules do not "
                 "allow this one.",
                 "A value that cannot change any more, or that makes no sense beside others.",
                 "Correct what the message names: a setting of which the genesis or the change is "
                 "made, and make it anew.",
                 "docs/pool.md"},
    TroubleEntry{
        Trouble::port_taken, "H-PORT-TAKEN", Exit::configuration, "a port cannot be opened",
        "Another process listens on a port that this one was told to open, or the system "
        "does not allow it.",
        "A second node, or a port below 1024.", "Stop the other process, or choose another port.",
        "docs/reference.md, Settings and keys"},
    TroubleEntry{
        Trouble::there_already, "H-THERE-ALREADY", Exit::precondition, "a file is there already",
        "The command makes a new file and never writes over one.", "It ran here before.",
        "Choose another place, or move the file away.", "docs/reference.md, Settings and keys"},
    TroubleEntry{
        Trouble::engine_differs, "H-ENGINE-DIFFERS", Exit::mismatch,
        "the engine comes out otherwise than the log",
        "At a start the engine executes the logged blocks, and a block did not come out with the "
        "hash that was signed.",
        "Another engine or version, other flags, or an engine that holds other state.",
        "Start an empty engine with the flags that the log's first record names.",
        "docs/auditing.md, 3. Verify it"},
    TroubleEntry{
        Trouble::l1_differs, "H-L1-DIFFERS", Exit::mismatch,
        "the contracts and the fold of their logs differ",
        "At the confirmed head the contracts' own views were compared with what their logs "
        "give, and a field differs; reading the logs again did not help. The table names each.",
        "An upgrade of the contracts that the node does not know, or an endpoint that leaves "
        "logs out.",
        "Compare with another endpoint first; report a difference that stays.", "README.md, Audit"},
    TroubleEntry{
        Trouble::l1_alarm, "H-L1-ALARM", Exit::mismatch, "L1 changed what cannot change",
        "The endpoint is of another chain than before, or L1 was reorganised below a block that "
        "it called finalized. The node stops rather than follow.",
        "An endpoint that was switched to another network, or a provider that is wrong.",
        "Ask another endpoint for the block that the message names. If it agrees with the log, "
        "start again with that one.",
        "docs/operating.md"},
    TroubleEntry{Trouble::registry_entry, "H-REGISTRY-ENTRY", Exit::mismatch,
                 "the registry would refuse the entry",
                 "The entry does not keep to the rules of Metis's registry; each line names one.",
                 "A field that is missing, too long or in another form.", "Correct the fields.",
                 "docs/operating.md"},
    TroubleEntry{Trouble::dev_chain, "H-DEV-CHAIN", Exit::unreachable,
                 "a chain of the dev network does not run",
                 "The L1's anvil or the engine did not start, does not answer, or ended.",
                 "It is not installed, it was killed, or the machine is short of memory.",
                 "Run ./run once, for geth with --engine geth: it installs what is missing; then "
                 "start again. --fresh begins anew.",
                 "docs/dev-network.md"},
    TroubleEntry{Trouble::dev_ending, "H-DEV-ENDING", Exit::not_ready,
                 "a chain of the former dev network has not ended",
                 "A chain of the former run still writes its state, and must not be disturbed.",
                 "The former node was killed a moment ago.",
                 "Wait a moment, and start again; else end the process that the message names.",
                 "docs/dev-network.md, Kill it"},
    TroubleEntry{Trouble::dev_foreign, "H-DEV-FOREIGN", Exit::precondition,
                 "the directory is not one that this dev network can go on with",
                 "The log was not made by horae dev, the L1 that it tells of is gone, or another "
                 "engine is wanted than the one it began with.",
                 "A directory of horae run or observe, one whose l1/ was deleted, or another "
                 "--engine.",
                 "Give another --datadir; where the log came from horae dev and may go, --fresh.",
                 "docs/dev-network.md"},
    TroubleEntry{
        Trouble::dev_not_saved, "H-DEV-NOT-SAVED", Exit::unexpected,
        "the dev network's L1 was not saved",
        "At the stop the L1's state could not be written: the next start has an older one.",
        "anvil ended before, or the disk is full.",
        "Start again: to the node it is a reorganisation of L1. --fresh begins anew.",
        "docs/dev-network.md, Kill it"},
    TroubleEntry{
        Trouble::node_silent, "H-NODE-SILENT", Exit::unreachable,
        "the node does not answer, or has gone",
        "A node holds the directory and does not answer on its ops port, it ended while it was "
        "waited for, or nobody answers at the inspector's socket.",
        "It was never started, was stopped or ended by itself, or the machine is too busy to "
        "answer.",
        "Start it where it does not run; see its last lines on stderr, or in the journal of the "
        "system.",
        "docs/reference.md, Status, probes, metrics"},
    TroubleEntry{
        Trouble::check_failed, "H-CHECK-FAILED", Exit::precondition,
        "a check of the doctor's failed",
        "Something that the node needs is not as it should be; each failed check says what "
        "was found, what was expected and what to do.",
        "Whatever the failed check is of: machine, log, L1, keys or engine.",
        "Do what the failed checks say, and run horae doctor again.", "docs/reference.md, Doctor"},
    TroubleEntry{
        Trouble::no_log, "H-NO-LOG", Exit::configuration, "there is no log in this data directory",
        "What is to be read is log/data.mdb in the data directory, and it is not there.",
        "A --datadir that is misspelt or relative to another place, or that no node has used yet.",
        "Give the --datadir that the node was started with.", "docs/auditing.md"},
    TroubleEntry{Trouble::no_file, "H-NO-FILE", Exit::configuration, "a file cannot be read",
                 "A file that the command was told to read is not there, is a directory, or cannot "
                 "be read to its end.",
                 "A misspelt path, or one that is relative to another place.",
                 "See that the path is right.", "docs/auditing.md"},
    TroubleEntry{Trouble::file_access, "H-FILE-ACCESS", Exit::directory,
                 "a file cannot be written, or may not be read",
                 "The system refuses the command a file that it was told to read or write.",
                 "Permissions, a directory that is not there, or a disk that is full.",
                 "See who owns the file's directory and whether its disk has room, or choose "
                 "another place.",
                 "docs/auditing.md"},
    TroubleEntry{Trouble::file_form, "H-FILE-FORM", Exit::corrupt,
                 "a file is not what it should be",
                 "The file can be read, and is no evidence, proof, checkpoint or export.",
                 "Another file than was meant, one that was cut off or altered, or one of a newer "
                 "version.",
                 "Have the file made or sent anew.", "docs/auditing.md"},
    TroubleEntry{Trouble::not_in_log, "H-NOT-IN-LOG", Exit::precondition,
                 "the log does not have what was asked for",
                 "There is no such record, position, transaction, sequencer or value in this log.",
                 "A number beyond the log's end or before its beginning, or a log of another node "
                 "or network.",
                 "See what the log has: `horae-replay stats`.", "docs/auditing.md"},
    TroubleEntry{Trouble::engine_unfit, "H-ENGINE-UNFIT", Exit::precondition,
                 "the engine is not where the audit needs it",
                 "Blocks are executed once more on an engine that must stand at a certain block "
                 "and have the gas limit that the blocks have.",
                 "An engine that has executed something already, or was started with other flags.",
                 "Start an engine as the message says.", "docs/auditing.md, 3. Verify it"},
    TroubleEntry{
        Trouble::audit_mismatch, "H-AUDIT-MISMATCH", Exit::mismatch, "the audit found a difference",
        "Two things that must agree do not: a record and what was written or signed, a block and "
        "its rules, two logs in what they share, an account and its balance, evidence or a proof "
        "and what it claims.",
        "A log, a file or a copy that was altered or damaged; or a sequencer at fault.",
        "The message says what differs and at which record. Compare with another copy or another "
        "node's log first; report a difference that stays.",
        "docs/auditing.md, 3. Verify it"},
    TroubleEntry{
        Trouble::log_incomplete, "H-LOG-INCOMPLETE", Exit::incomplete,
        "the log ends before it should",
        "The tree or a checkpoint vouches for more records than the log has, or its last decision "
        "is cut in two. A node does not start on such a log (H-LOG-CORRUPT).",
        "A copy that was taken while the node wrote, an older copy that was put back, or a "
        "damaged page of the database.",
        "Put a newer copy of log/ in its place; `horae-replay backup` makes whole ones.",
        "docs/auditing.md, 3. Verify it"},
    TroubleEntry{
        Trouble::pool_genesis, "H-POOL-GENESIS", Exit::precondition, "the genesis does not fit",
        "All members of a pool begin with one genesis file, a node alone with one of its own, "
        "and a log belongs to the genesis that it began with.",
        "A file of another pool or node, one that was edited, the log of a node that was alone, "
        "in a pool, or a member's log in a node alone.",
        "Give every member the same file in pool.genesis, and each a data directory of its own; a "
        "node alone the file that its log began with, or none.",
        "docs/pool.md"},
    TroubleEntry{
        Trouble::pool_signer, "H-POOL-SIGNER", Exit::key, "this member's signer cannot be had",
        "What the key has signed for consensus stands in a record of its own, which one process "
        "holds at a time.",
        "Another process on the same data directory, or a directory that others may enter.",
        "End the other process. The record is never deleted by hand: without it the key is silent "
        "for a hundred blocks, or until `horae pool release-signer`.",
        "docs/pool.md"},
    TroubleEntry{
        Trouble::pool_consensus, "H-POOL-CONSENSUS", Exit::unreachable, "consensus cannot be run",
        "CometBFT, which orders what the members share, is not there, does not start, or ends "
        "again and again.",
        "No program at pool.command, a port that is taken, or damaged files of its own.",
        "Read the end of its log, which the message names; `./setup` gets the program.",
        "docs/pool.md"},
    TroubleEntry{
        Trouble::pool_rules, "H-POOL-RULES", Exit::precondition,
        "the log goes on by rules that this program does not know",
        "Members with more than two thirds of the power agreed on shared rules of a later version, "
        "and the block of L1 from which they hold is reached. The node stopped before it: its log "
        "ends with the last height that it could judge. Or a node alone was told of such rules, or "
        "goes on by them already.",
        "A change of rules was agreed on, and this node was not brought up to date before it; "
        "or an older version was put back.",
        "Install the version of Horae that knows the rules, and start it: it goes on where this "
        "one stopped. In a pool, `horae pool status` names what is to come.",
        "docs/pool.md"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].trouble != static_cast<Trouble>(i + 1)) return false;
  }
  return table.back().trouble == Trouble::pool_rules;
}
static_assert(in_order(), "the table has every trouble, in the order of the enumeration");

LastWords last_words = nullptr;

}  // namespace

void set_last_words(LastWords handler) { last_words = handler; }

void end_at_once(const Failure& failure) {
  if (last_words != nullptr) {
    last_words(failure);
  } else {
    std::fputs(failure_words("horae", failure).c_str(), stderr);
    std::fflush(stderr);
  }
  std::_Exit(static_cast<int>(failure.exit()));
}

std::string failure_words(std::string_view command, const Failure& failure) {
  const auto& entry = entry_of(failure.trouble);
  return std::string(command) + ": error " + std::string(entry.code) + ": " + failure.what +
         "\n  " + std::string(entry.next) + " More: " + explain_command(entry) + "\n";
}

std::string explain_command(const TroubleEntry& entry) {
  return "horae explain " + std::string(entry.code);
}

std::span<const TroubleEntry> troubles() { return table; }

const TroubleEntry& entry_of(Trouble trouble) {
  if (trouble == Trouble::none) stop("an entry for no trouble");
  return table[static_cast<std::size_t>(trouble) - 1];
}

std::string_view code_of(Trouble trouble) { return entry_of(trouble).code; }

Exit exit_of(Trouble trouble) {
  return trouble == Trouble::none ? Exit::ok : entry_of(trouble).exit;
}

}  // namespace horae
