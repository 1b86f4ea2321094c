// A disk that misbehaves under the running node: full, failing, gone. It refuses in time, stops in
// words where it cannot go on, loses nothing that it acknowledged, and goes on afterwards. The disk
// is an ordinary one; a preloaded library (tests/crash/fail_io.cpp) makes it fail.
import { spawnSync } from "node:child_process";
import {
  closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync,
} from "node:fs";
import { join } from "node:path";
import { Contract, JsonRpcProvider, keccak256, NonceManager, Wallet } from "ethers";
import { load_artefact } from "./artefacts.mjs";
import {
  check, equal, ETHER, Exit, horae, inspect, make_home, Network, none_left, ok, replay, rpc, skip,
  start_horae, test, transfer, until,
} from "./network.mjs";

const library = process.argv[3];
if (!library || !existsSync(library)) skip("no library that makes a disk fail is built here");

const orders = join(make_home(), "orders");
process.env.HORAE_FAIL_AS = orders;
process.env.LD_PRELOAD = library;
const fail = (...lines) => writeFileSync(orders, `${lines.join("\n")}\n`);
const mend = () => rmSync(orders, { force: true });

const times = (text, part) => text.split(part).length - 1;
const wallets = Array.from({ length: 3 }, () => Wallet.createRandom());
const acknowledged = new Set();
let network;
const datadir = join(make_home(), "data");
const log = join(datadir, "log");

const start_in = async (directory, ...args) =>
  (network = await Network.start({ datadir: directory, args }));
const start = (...args) => start_in(datadir, ...args);

async function send(wallet, fields = {}) {
  const nonce = Number(await network.rpc("eth_getTransactionCount", wallet.address, "pending"));
  const hash = await network.rpc("eth_sendRawTransaction", await transfer(wallet, nonce, fields));
  acknowledged.add(hash);
  return hash;
}

/** Sends from every wallet until the node is gone. */
async function stream(wallet, fields) {
  for (;;) {
    try {
      let nonce = Number(await network.rpc("eth_getTransactionCount", wallet.address, "pending"));
      for (let n = 0; n < 50; ++n, ++nonce) {
        const raw = await transfer(wallet, nonce, fields);
        const { result, error } = await network.ask("eth_sendRawTransaction", raw);
        if (error) break;
        if (result !== keccak256(raw)) throw new Error(`acknowledged as ${result}`);
        acknowledged.add(result);
      }
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      return;
    }
  }
}

/** It ends under load by itself, with this code and these words, and loses nothing. */
async function stops(what, code, words, { fields, cause, within_s = 30 }) {
  const before = acknowledged.size;
  const streams = wallets.map((wallet) => stream(wallet, fields));
  await until("a load", () => network.program.end || acknowledged.size >= before + 20,
              { every_ms: 1 });
  await cause();
  const ended = await network.program.wait(within_s);
  await Promise.all(streams);
  equal(ended, { code, signal: null }, `${what}: it stops with ${code}`);
  await none_left(network.children);
  for (const each of words) check(network.program.said.includes(each), `and says: ${each}`,
                                  network.program.said.slice(-1500));
}

async function nothing_lost(what, directory = datadir) {
  const known = new Set((await replay(directory, "log", "--domain", "mempool"))
    .filter(({ kind }) => kind === "txnAdmitted").map(({ fact }) => fact.txn.hash));
  equal([...acknowledged].filter((hash) => !known.has(hash)), [],
        `${what}: all of ${acknowledged.size} acknowledged transactions are in the log`);
  const verified = await replay(directory, "verify");
  check(verified.ok, "which verifies", verified);
}

await test(async () => {
  // A block takes long enough that a transaction waits for one while the disk fills up.
  await start("--block-time", "2", "--no-governance");
  for (const [nonce, { address }] of wallets.entries()) {
    await network.receipt(await network.rpc("eth_sendRawTransaction", await transfer(
      network.wallets[1], nonce, { to: address, value: 1000n * ETHER })));
  }
  const room = async () => (await network.status()).room;
  equal((await room()).state, "ample", "on a disk with room nothing is said of it");

  fail(`under ${log}`, "free 900000000");
  await until("a warning", async () => (await room()).state === "scarce");
  await send(wallets[0]);
  equal(times(network.program.said, "room is scarce: 858 MiB are free"), 1,
        "a disk that fills up is told once");
  equal(JSON.parse((await inspect(datadir)).out).room.state, "scarce", "and the inspector has it");

  await network.waiting(0);
  const waiting = await send(wallets[0]);
  fail(`under ${log}`, "free 100000000");
  await until("the closed intake", async () => (await room()).state === "closed");
  const raw = await transfer(wallets[1], 0);
  const { error } = await network.ask("eth_sendRawTransaction", raw);
  equal([error.code, error.data], [-32000, { reason: "busy" }], "an almost full one closes intake");
  check(error.message.includes("until its operator frees space"), "says why and until when",
        error.message);
  check(network.program.said.includes("intake is closed: 95 MiB are free"), "and tells its operator");
  equal((await network.receipt(waiting)).status, "0x1", "what was let in gets its block");
  const l1 = new JsonRpcProvider(network.l1, undefined, { cacheTimeout: -1, pollingInterval: 100 });
  const pool = new Contract(network.dev.contracts.lockingPool, load_artefact("LockingPool").abi,
                            new NonceManager(network.wallets[0].connect(l1)));
  await (await pool.updateBlockReward(424242n)).wait(1, 60_000);
  l1.destroy();
  await until("the new reward", async () =>
    (await network.rpc("horae_sequencers")).parameters.rewardPerBlock === "424242");
  equal((await room()).state, "closed", "and L1's facts go on being logged");
  mend();
  await until("the open intake", async () => (await room()).state === "ample");
  await send(wallets[1]);
  equal(times(network.program.said, "there is room again, and intake is open"), 1,
        "with room again it is open");

  // The checkpoint beside the log has trouble of its own.
  const checkpointed = () => Number(readFileSync(join(log, "checkpoint"), "utf8").split("\n")[1]);
  fail(`under ${join(log, "checkpoint")}`, "write ENOSPC");
  await until("a checkpoint in trouble", async () => {
    await send(wallets[0]);
    return network.program.said.includes("the log's checkpoint: cannot write");
  }, { every_ms: 200 });
  const before = checkpointed();
  const { seq } = await network.status();
  await send(wallets[0]);
  mend();
  await until("a checkpoint", () => checkpointed() >= seq);
  check(before < seq, "a checkpoint that cannot be written holds nobody up, and is written later");
  await until("the good news",
              () => network.program.said.includes("the log's checkpoint is written again"));
  equal(times(network.program.said, "the log's checkpoint: cannot write"), 1, "told once");

  const data = join(log, "data.mdb");
  await stops("a sync that fails once", Exit.unexpected,
              ["Input/output error", log, "Nothing acknowledged is lost"],
              { cause: () => fail(`under ${data}`, "sync EIO 1") });
  mend();
  await nothing_lost("a sync that fails once");

  // LMDB's two first pages say in turn where its tree begins.
  await start();
  await stops("a head page that cannot be written", Exit.unexpected,
              ["Input/output error", log, "Nothing acknowledged is lost"],
              { cause: () => fail(`under ${data}`, "head EIO 1") });
  mend();
  await nothing_lost("a head page that cannot be written");

  await start();
  await stops("a full disk", Exit.unexpected,
              ["0 bytes are free", `Free some space on the disk of ${log}`],
              { cause: () => fail(`under ${data}`, "write ENOSPC", `under ${log}`, "free 0") });
  const again = await horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0");
  check(again.code === Exit.unexpected && again.said.includes("Free some space on the disk of"),
        "while it is full, a start says so, too", [again.code, again.said]);
  mend();
  await nothing_lost("a full disk");

  await start();
  await stops("a full disk under the lookups", Exit.unexpected,
              ["cannot write the lookups", join(datadir, "lookups")],
              { cause: () => fail(`under ${join(datadir, "lookups")}`, "write ENOSPC") });
  mend();

  await start();
  const away = join(datadir, "away");
  await stops("a log that is moved away", Exit.directory,
              [`${data} is gone from its place`, `Put ${log} back`],
              { cause: () => renameSync(log, away) });
  renameSync(away, log);
  await nothing_lost("a log that is moved away");

  await start();
  const { usedBytes } = await room();
  renameSync(log, away);
  equal(await network.program.wait(10), { code: Exit.directory, signal: null },
        "a log that is moved away from an idle node stops it, too");
  await none_left(network.children);
  renameSync(away, log);

  // A file system of its own, which is truly full. Intake is open while more than 256 MiB are free.
  const small = join(make_home(), "small");
  mkdirSync(small);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=700m", "tmpfs", small]);
  if (mounted.status !== 0) {
    console.log("# no file system of its own is filled up: mount needs root");
  } else {
    process.prependListener("exit", () => spawnSync("umount", ["--lazy", small]));
    const filler = join(small, "filler");
    const fill = () => {
      const file = openSync(filler, "w");
      try {
        for (;;) writeSync(file, Buffer.alloc(2 ** 20, 1));
      } catch (error) {
        if (error.code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    };
    const elsewhere = join(small, "data");
    const before = [...acknowledged];
    acknowledged.clear();
    await start_in(elsewhere);
    for (const [nonce, { address }] of wallets.entries()) {
      await network.receipt(await network.rpc("eth_sendRawTransaction", await transfer(
        network.wallets[1], nonce, { to: address, value: 1000n * ETHER })));
    }
    // Either the log finds no room for what was let in, or intake is closed before it comes to that.
    const streams = wallets.map((wallet) => stream(wallet, {}));
    await until("a load", () => acknowledged.size >= 20, { every_ms: 1 });
    fill();
    const { program } = network;
    await until("an end or a closed intake",
                () => program.end || program.said.includes("intake is closed"));
    rmSync(filler);
    if (!program.end) {
      await until("an end or an open intake", async () =>
        program.end || program.said.includes("intake is open"));
    }
    if (program.end) {
      equal(program.end, { code: Exit.unexpected, signal: null }, "without room it stops");
      // Of the log, or of the lookups, whichever writes first.
      for (const each of ["Free some space on the disk of", "Nothing acknowledged is lost", elsewhere]) {
        check(program.said.includes(each), `and says: ${each}`, program.said.slice(-1500));
      }
      await none_left(network.children);
    } else {
      ok("without room it takes nothing, and with room again it goes on");
      await network.stop();
    }
    await Promise.all(streams);
    await nothing_lost("a file system without room", elsewhere);
    await start_in(elsewhere);
    const late = await send(wallets[0]);
    // L1 could not save what it mined last: blocks wait until it is past what the log knows of it.
    await until(`the receipt of ${late}`, async () => {
      await rpc(network.l1, "anvil_mine", "0x40");
      return network.rpc("eth_getTransactionReceipt", late);
    });
    await network.stop();
    await nothing_lost("a file system with room again", elsewhere);
    acknowledged.clear();
    for (const hash of before) acknowledged.add(hash);
  }

  // What is let in until intake is closed fills a small map when its blocks are sealed.
  await start("--log-map", String(Math.ceil(usedBytes / 2 ** 20) + 1));
  await stops("a full map", Exit.unexpected, ["Give it a larger map (--log-map"],
              { fields: { data: `0x${"5a".repeat(60_000)}`, gasLimit: 3_000_000n }, cause() {} });
  await start();
  equal((await room()).state, "ample", "with a larger map it goes on");
  await network.receipt(await send(wallets[2]));
  await network.stop();
  await nothing_lost("a full map");

  // Nothing ails the disk, but somebody changes his mind.
  const hasty = start_horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0");
  await until("the start", () => hasty.said.includes("starting the L1 where it was"), { every_ms: 1 });
  hasty.signal("SIGTERM");
  equal(await hasty.wait(), { code: Exit.ok, signal: null }, "a start ends with 0 at a signal");
  check(hasty.said.includes("stopped by a signal before the start was done"), "and says so",
        hasty.said);
  await nothing_lost("a start that was given up");

  await start();
  rmSync(log, { recursive: true, maxRetries: 10 }); // the node may write its checkpoint meanwhile
  equal(await network.program.wait(10), { code: Exit.directory, signal: null },
        "a log that is removed stops an idle node");
  check(network.program.said.includes(`${data} is gone from its place`), "which says so",
        network.program.said.slice(-1500));
  await none_left(network.children);
});
