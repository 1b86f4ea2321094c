// What the functional tests share: checks, processes, and a dev network of a test's own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Wallet } from "ethers";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const cast =
  join(root, "node_modules", "@foundry-rs", "cast-linux-amd64", "bin", "cast");
export const bin = process.argv[2];

/** The geth that `horae dev --engine geth` starts; whether it is there. */
export const geth = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "horae",
  `geth-${readFileSync(join(root, "node", "engine", "geth.version"), "utf8").trim()}`, "geth");
export const has_geth = existsSync(geth);
/** The CometBFT that the members of a pool run. */
export const cometbft = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "horae",
  `cometbft-${readFileSync(join(root, "node", "consensus", "cometbft.version"), "utf8").trim()}`,
  "cometbft");

export const GWEI = 10n ** 9n;
export const ETHER = 10n ** 18n;
export const L1_CHAIN_ID = 31337;
export const L2_CHAIN_ID = 10880;

/** What `horae` ends with; design: one table for all binaries. */
export const Exit = {
  ok: 0, unexpected: 1, usage: 2, configuration: 3, directory: 4, corrupt: 5, key: 6,
  unreachable: 7, not_ready: 8, precondition: 9, mismatch: 10, incomplete: 11,
};

/** Ends the test as skipped (77), saying why. */
export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

/** Runs a test: `ok - what` for each check; nothing that it started is left, whatever happens. */
export async function test(main) {
  if (!bin) {
    console.error("usage: node TEST.mjs DIRECTORY_OF_THE_BINARIES");
    process.exit(2);
  }
  if (!existsSync(cast)) skip("no anvil and cast: npm ci installs them on Linux x86-64 only");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  try {
    await main();
    process.exitCode = 0;
  } catch (error) {
    console.log(`not ok - ${error.stack}`);
    for (const each of alive) console.log(`--- ${each.name} said:\n${each.said.slice(-2000)}`);
    process.exitCode = 1;
  }
  process.exit();
}

export function ok(what) {
  console.log(`ok - ${what}`);
}

export function check(condition, what, seen) {
  if (condition) return ok(what);
  throw new Error(`${what}${seen === undefined ? "" : `; seen: ${show(seen)}`}`);
}

export function equal(actual, wanted, what) {
  try {
    assert.deepStrictEqual(actual, wanted);
  } catch (error) {
    error.message = `${what}: ${error.message}`;
    throw error;
  }
  ok(what);
}

const show = (value) => typeof value === "string" ? value
  : JSON.stringify(value, (_, v) => typeof v === "bigint" ? String(v) : v);

/** Asks again and again until `look` gives something true, and at the end says what it was. */
export async function until(what, look, { seconds = 120, every_ms = 25 } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for: ${what}`);
    await pause(every_ms);
  }
}

// Processes that were started and have not ended, for the cleaning up; children of a killed one are
// anvils that the kernel ends.
const alive = new Set();
const homes = new Set();
process.on("exit", () => {
  for (const each of alive) each.process.kill("SIGKILL");
  for (const home of homes) rmSync(home, { recursive: true, force: true, maxRetries: 10 });
});

/** A new directory that is gone when the test is. */
export function make_home() {
  const home = mkdtempSync(join(tmpdir(), "horae-functional-"));
  homes.add(home);
  return home;
}

/** A started program; what it says is kept. */
export class Program {
  constructor(name, file, args, options = {}) {
    this.name = name;
    this.said = "";
    this.out = "";
    this.errors = "";
    this.process = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    this.pid = this.process.pid;
    this.process.stdout.on("data", (bytes) => {
      this.said += bytes;
      this.out += bytes;
    });
    this.process.stderr.on("data", (bytes) => {
      this.said += bytes;
      this.errors += bytes;
    });
    alive.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.process.once("error", reject);
      this.process.once("close", (code, signal) => {
        alive.delete(this);
        this.end = { code, signal };
        resolve(this.end);
      });
    });
  }

  /** `{code, signal}`; fails when it does not end in time. */
  async wait(seconds = 120) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(
        `waited ${seconds} s in vain for the end of ${this.name}`)),
                         seconds * 1000);
    });
    try {
      return await Promise.race([this.ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  signal(name) {
    this.process.kill(name);
  }
}

/** Runs a program to its end: `{code, signal, out, said}`, said being stdout and stderr. */
export async function run(file, args, { seconds = 60, ...options } = {}) {
  const program = new Program(file.split("/").pop(), file, args, options);
  const end = await program.wait(seconds);
  return { ...end, out: program.out, errors: program.errors, said: program.said };
}

// Tests run side by side: each node has an ops port of its own.
const apart = (args) => ["dev", "run"].includes(args[0]) && !args.includes("--ops-port")
  ? [...args, "--ops-port", "0"] : args;

export const horae = (...args) => run(join(bin, "horae"), apart(args));
export const start_horae = (...args) =>
  new Program(`horae ${args[0]}`, join(bin, "horae"), apart(args));

/** `horae-replay VERB --json` of a data directory, parsed; it must end with 0. */
export async function replay(datadir, verb, ...args) {
  const ended = await try_replay(datadir, verb, ...args);
  if (ended.code !== 0) throw new Error(`horae-replay ${verb} ${args.join(" ")}: ${ended.said}`);
  const lines = ended.out.trim().split("\n").map((line) => JSON.parse(line));
  return verb === "log" ? lines : lines[0];
}
export const try_replay = (datadir, verb, ...args) =>
  run(join(bin, "horae-replay"), ["--datadir", datadir, verb, "--json", ...args]);

/** horae-replay with arguments of its own. */
export const horae_replay = (...args) => run(join(bin, "horae-replay"), args);

export const inspect = (datadir, ...args) =>
  run(join(bin, "horae-inspect"), ["--datadir", datadir, "--json", ...args]);

/** One JSON-RPC call: the whole answer. */
export async function ask(url, method, ...params) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return answer.json();
}

export async function rpc(url, method, ...params) {
  const { result, error } = await ask(url, method, ...params);
  if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { error });
  return result;
}

/** Many calls `[method, ...params]` in batches: their results in order. */
export async function batch(url, calls) {
  const results = [];
  for (let at = 0; at < calls.length; at += 500) {
    const some = calls.slice(at, at + 500);
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(some.map(([method, ...params], i) => (
        { jsonrpc: "2.0", id: i, method, params }))),
    });
    for (const [i, { id, result, error }] of (await answer.json()).entries()) {
      if (error || id !== i) throw new Error(`${some[i]}: ${show(error ?? id)}`);
      results.push(result);
    }
  }
  return results;
}

/** The processes whose parent is `pid`, with what they run. */
export function children_of(pid) {
  return processes().filter((each) => each.parent === pid);
}

function processes() {
  const out = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      // One that was killed is a zombie already while others of its threads still hold its files.
      const zombie = state === "Z" && readdirSync(`/proc/${name}/task`).length === 1;
      out.push({ pid: Number(name), parent: Number(parent), started, zombie });
    } catch {
      // It has just ended.
    }
  }
  return out;
}

/** Waits until none of the processes that children_of found is left. */
export function none_left(children) {
  return until(`the end of ${children.map((each) => each.pid)}`, () => {
    const now = processes();
    return !children.some((child) => now.some(
      (each) => each.pid === child.pid && each.started === child.started && !each.zombie));
  }, { seconds: 20 });
}

/** `horae dev` in a data directory: of its own, or of a former one. */
export class Network {
  /** Returns when dev.json stands. Without an engine: as before, at first anvil. */
  static async start({ args = [], datadir = join(make_home(), "data"), engine, binary } = {}) {
    const it = new Network();
    it.datadir = datadir;
    const began = Date.now();
    const words = ["dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0",
                   ...(engine ? ["--engine", engine] : []), ...args];
    it.program = binary ? new Program("horae dev", binary, apart(words)) : start_horae(...words);
    const file = join(datadir, "dev.json");
    it.dev = await until("dev.json", () => {
      // A former life that was killed leaves its file; ours has our pid. One with a crash point may
      // have come and gone.
      const dev = existsSync(file) && JSON.parse(readFileSync(file, "utf8"));
      if (dev?.pid === it.program.pid) return dev;
      if (it.program.end) {
        throw new Error(`horae dev ended with ${show(it.program.end)}:\n${it.program.said}`);
      }
      return false;
    }, { seconds: 120 });
    it.started_ms = Date.now() - began;
    it.children = children_of(it.program.pid);
    it.l1 = it.dev.l1.rpc;
    it.l2 = it.dev.l2.rpc;
    it.wallets = it.dev.accounts.map(({ privateKey }) => new Wallet(privateKey));
    return it;
  }

  rpc(method, ...params) {
    return rpc(this.l2, method, ...params);
  }
  ask(method, ...params) {
    return ask(this.l2, method, ...params);
  }
  batch(calls) {
    return batch(this.l2, calls);
  }
  status() {
    return this.rpc("horae_status");
  }

  /** The receipt, once there is one. */
  receipt(hash, seconds = 60) {
    return until(`the receipt of ${hash}`,
                 () => this.rpc("eth_getTransactionReceipt", hash), { seconds });
  }

  /** Once the mempool holds exactly `count`. */
  waiting(count = 0, seconds = 60) {
    return until(`a mempool with ${count} transactions`,
                 async () => (await this.status()).mempool === count, { seconds });
  }

  /** SIGTERM, or another signal: it must end with 0 and leave nothing. */
  async stop(signal = "SIGTERM") {
    this.program.signal(signal);
    const end = await this.program.wait();
    assert.deepStrictEqual(end, { code: 0, signal: null },
                           `horae dev at ${signal}: ${this.program.said.slice(-4000)}`);
    await none_left(this.children);
  }

  /** kill -9 of the engine alone. */
  kill_engine() {
    const children = JSON.parse(readFileSync(join(this.datadir, "l1", "children.json"), "utf8"));
    process.kill(children[1].pid, "SIGKILL");
  }

  /** kill -9 of the node alone; its children must end by themselves. */
  async kill() {
    this.program.signal("SIGKILL");
    await this.program.wait();
    await none_left(this.children);
  }

  /** Once it has killed itself at a crash point; its children must end by themselves. */
  async crashed(seconds = 60) {
    const end = await this.program.wait(seconds);
    assert.deepStrictEqual(end, { code: null, signal: "SIGKILL" }, this.program.said.slice(-4000));
    await none_left(this.children);
  }
}

/** A signed transfer on L2; what is not given is an ordinary EIP-1559 one. */
export function transfer(wallet, nonce, fields = {}) {
  const fees = "gasPrice" in fields ? {}
    : { type: 2, maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI };
  return wallet.signTransaction({
    chainId: L2_CHAIN_ID, nonce, to: "0x00000000000000000000000000000000000c0de5", value: 1n,
    gasLimit: 21000n, ...fees, ...fields });
}

/** `horae run` from a settings file, once its JSON-RPC is open at `url`. */
export async function run_node(settings, ...args) {
  const program = start_horae("run", "--config", settings, ...args);
  program.url = await until("its JSON-RPC", () =>
    program.end ? Promise.reject(new Error(program.said))
      : /JSON-RPC on (http:\S+);/.exec(program.said)?.[1]);
  return program;
}

export async function end_node(program) {
  program.signal("SIGTERM");
  equal(await program.wait(), { code: 0, signal: null }, "the node ends in order");
}
