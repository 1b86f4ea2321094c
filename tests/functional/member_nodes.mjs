// What the tests of a pool share: its nodes, as dev.json names them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keccak256 } from "ethers";
import { anvil, anvil_at } from "./anvil.mjs";
import {
  bin, check, children_of, cometbft, equal, horae_replay, none_left, Program, replay, rpc, skip, transfer,
  until,
} from "./network.mjs";

/** Skips the test where there is no CometBFT. */
export function need_cometbft() {
  if (!existsSync(cometbft)) skip(`no cometbft at ${cometbft} (./check gets one)`);
}

/** Flags with which the first turn, which is the first node's, does not end by itself. */
export const one_leader = ["--epoch-length", "1000000"];

/** What `horae status --json` says of a node. */
export const status_of = async ({ ops }) => (await fetch(`${ops}/status`)).json();
/** What `horae pool status --json` says of it. */
export const pool_of = async (node) => (await status_of(node)).pool;

const not_ended = ({ program }) => {
  if (program?.end) throw new Error(`the member ended: ${program.said}`);
};

/** Once what is asked of the pool's status holds at each of these nodes. */
export const at_each = (nodes, what, holds) => until(what, async () => {
  nodes.forEach(not_ended);
  const seen = await Promise.all(nodes.map((node) => pool_of(node).catch(() => undefined)));
  return seen.every((pool) => pool && holds(pool)) && seen;
}, { every_ms: 200 });

export const address_of = ({ sequencer }) => sequencer.address;
export const without = (nodes, ...some) => nodes.filter((node) => !some.includes(node));

/** Once each of these members knows two more blocks as attested than any of them does now, and attests such itself. */
export async function attest_on(nodes) {
  const before = Math.max(...(await Promise.all(nodes.map(pool_of))).map(({ attestedBlock }) => attestedBlock));
  const whose = nodes.map(address_of);
  await at_each(nodes, "blocks that each attests", ({ attestedBlock, members }) => attestedBlock > before + 1
    && members.every(({ address, attested }) => !whose.includes(address) || attested > before + 1));
}

/** kill -9 of members that the dev network began; they and what they held are gone when it returns. Once their
 *  consensus runs: a CometBFT that is killed while it makes its databases does not start again. */
export async function kill_members(network, nodes) {
  await at_each(nodes, "consensus to run", ({ height }) => height > 0);
  const pids = nodes.map(({ pid }) => pid);
  const theirs = children_of(network.program.pid).filter(({ pid }) => pids.includes(pid));
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await none_left(theirs);
}

const begin = async (program, node, ...flags) => {
  node.program = new Program("a member", join(bin, program), [
    "run", "--config", join(node.datadir, "horae.toml"), "--ops-port", new URL(node.ops).port, ...flags]);
  await until("the member's status", () => {
    not_ended(node);
    return pool_of(node).catch(() => undefined);
  });
  return node.program;
};

/** A member begins again as its `program`, by the command that the dev network names and further
 *  flags. */
export const begin_member = (node, ...flags) => begin("horae", node, ...flags);
/** As a later Horae, which knows one more version of the shared rules. */
export const begin_newer = (node, ...flags) => begin("horae-next", node, ...flags);

/** The process of a member's CometBFT, once there is one. */
export const comet_of = (node) => until("its CometBFT", () =>
  node.comet ? !node.comet.program.end && node.comet.program.pid
    : children_of(node.program.pid).find(({ zombie }) => !zombie)?.pid);

/** The JSON-RPC of a member's engine. */
export function engine_endpoint(node) {
  const settings = readFileSync(join(node.datadir, "horae.toml"), "utf8");
  return /^endpoint = "(.*)"/m.exec(settings.slice(settings.indexOf("\n[engine]")))[1];
}

/** The number of the last block of a member's engine. */
export const engine_head = async (node) => Number(await rpc(engine_endpoint(node), "eth_blockNumber"));

/** A member's engine has an account that no other has: it executes the next block otherwise. */
export const alter_engine = (node) =>
  rpc(engine_endpoint(node), "anvil_setBalance", `0x${"de".repeat(20)}`, "0x1");

/** How the dev network began a member's engine, without where it listens. */
function engine_words(network, node) {
  const words = readFileSync(`/proc/${engine_of(network, node)}/cmdline`, "utf8").split("\0").slice(1, -1);
  words.splice(words.indexOf("--host"), 2);
  words.splice(words.indexOf("--port"), 2);
  return words.filter((word) => word !== "--quiet");
}

/** The JSON-RPC of another engine of a member's genesis, begun as the dev network began its own. */
export const another_engine = (network, node) => anvil(...engine_words(network, node));

/** Such an engine, which the member's settings name from here on. */
export async function give_another_engine(network, node) {
  const url = await another_engine(network, node);
  const file = join(node.datadir, "horae.toml");
  writeFileSync(file, readFileSync(file, "utf8").replace(engine_endpoint(node), url));
}

/** kill -9 of a member's engine, but never the first node's, with which the dev network ends. What gives it back,
 *  empty and where it was. */
export async function kill_engine(network, node) {
  const words = engine_words(network, node);
  const engine = engine_process(network, node);
  process.kill(engine.pid, "SIGKILL");
  await none_left([engine]);
  return () => anvil_at(new URL(engine_endpoint(node)).port, ...words);
}

// Which the dev network began, or the test.
function engine_process(network, node) {
  const { port } = new URL(engine_endpoint(node));
  const words = ({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return [network.program.pid, process.pid].flatMap(children_of).find((each) => words(each).includes(port));
}

/** The process of a member's engine. */
export const engine_of = (network, node) => engine_process(network, node)?.pid;

/** These members end together, and in order. */
export async function end_members(nodes) {
  for (const { program } of nodes) program.signal("SIGTERM");
  for (const { program } of nodes) {
    equal(await program.wait(), { code: 0, signal: null }, "a member ends in order");
  }
}

/** Each member of a pool of four has its power by what L1 says, and is connected. */
export const of_power = ({ members }) =>
  members.length === 4 && members.every(({ power, connected }) => power === 20_000 && connected);

/** Each member's node has a link to each other one's. */
export const of_links = ({ members }) => members.every(({ linked }) => linked);

/** Each log verifies, and has the same shared facts as the first. */
export async function logs_agree(nodes) {
  const [first, ...others] = nodes.map(({ datadir }) => datadir);
  const verified = await Promise.all(nodes.map(({ datadir }) => replay(datadir, "verify")));
  check(verified.every(({ ok: whole, headers }) => whole && headers > 0),
        "the log of each verifies, with its signatures", verified);
  const compared = await Promise.all(others.map((other) => horae_replay("bisect", "--json", first, other)));
  check(compared.every(({ code }) => code === 0), "and agrees with the first", compared);
}

/** Transactions to one member until it is over, whether it is there or not: the hashes of those that
 *  were acknowledged are appended. */
export async function stream(network, acknowledged, over, node = network.dev.nodes[0],
                             wallet = network.wallets[1]) {
  while (!over.yet) {
    try {
      const nonce = Number(await rpc(node.l2.rpc, "eth_getTransactionCount", wallet.address, "pending"));
      const raw = await transfer(wallet, nonce);
      await rpc(node.l2.rpc, "eth_sendRawTransaction", raw);
      acknowledged.push(keccak256(raw));
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError || error.error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
