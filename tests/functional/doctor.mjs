// The doctor beside a healthy dev network, and then with one thing broken after the other: each is
// named by the check that is there for it, and by no other that it has no part in.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Contract, JsonRpcProvider, NonceManager, Wallet } from "ethers";
import { anvil } from "./anvil.mjs";
import { load_artefact } from "./artefacts.mjs";
import {
  check, equal, Exit, horae, make_home, Network, ok, rpc, test, transfer, until,
} from "./network.mjs";

// What the machine of a test may be like is not the test's to judge.
const of_the_machine = ["machine.clock_sync", "machine.disk", "machine.file_system",
                        "machine.open_files"];
// Of an engine that has peers, a pool to close, and geth's flags: anvil has none of them.
const of_geth = ["engine.peers", "engine.pool", "engine.jwt_file", "engine.api", "engine.building",
                 "engine.gas_limit", "engine.sync_mode", "engine.states", "engine.request_size",
                 "engine.reorg_depth"];
// Of a member of a pool; this node is alone.
const of_a_pool = ["pool.genesis", "pool.voice", "pool.cometbft", "pool.files", "pool.listen",
                   "pool.rpc_port", "pool.link_listen", "pool.peers", "pool.copies"];
const checks = 55;

/** What the doctor says: `{code, checks: {id: check}, failed: [id]}`. */
async function examine(settings, ...args) {
  const ended = await horae("doctor", "--config", settings, "--json", ...args);
  const told = JSON.parse(ended.out);
  const by_id = Object.fromEntries(told.checks.map((each) => [each.id, each]));
  const failed = told.checks.filter(({ verdict }) => verdict === "failed").map(({ id }) => id);
  equal([told.ok, told.failed], [failed.length === 0, failed.length], "its sums are right");
  return { code: ended.code, told, checks: by_id, failed };
}

/** With something broken, exactly these checks fail, with these words, and say what to do. */
async function finds(what, settings, args, wanted) {
  const seen = await examine(settings, ...args);
  equal([seen.code, seen.failed], [Exit.precondition, Object.keys(wanted)],
        `${what}: ${Object.keys(wanted)}`);
  for (const [id, words] of Object.entries(wanted)) {
    const { found, expected, todo } = seen.checks[id];
    check(found.includes(words) && expected !== "" && todo !== "",
          `with what was found ("${words}"), expected, and what to do`, { found, expected, todo });
  }
  return seen;
}

await test(async () => {
  const network = await Network.start();
  const { datadir, dev } = network;
  const settings = join(datadir, "horae.toml");
  await network.receipt(await network.rpc("eth_sendRawTransaction",
                                          await transfer(network.wallets[1], 0)));

  // Healthy, with the node at work.
  const healthy = await examine(settings);
  equal([healthy.code, healthy.told.checks.length, Object.keys(healthy.checks).length],
        [Exit.ok, checks, checks], "a healthy network: every check, each once, and 0");
  const known = (await horae("explain")).out.split("Checks of horae doctor:\n")[1].split("\n\n")[0]
    .split("\n").map((line) => line.split(" ")[0]);
  equal(known.sort(), Object.keys(healthy.checks).sort(), "and explain knows each, and no other");
  const ill = healthy.told.checks.filter(({ id, verdict }) =>
    verdict !== ([...of_geth, ...of_a_pool].includes(id) ? "skipped" : "ok")
    && !of_the_machine.includes(id));
  equal(ill, [], "all of them ok, but for what this machine is like");
  check(healthy.checks["directory.lock"].found.includes(`process ${network.program.pid} (horae)`),
        "the holder of the directory is named", healthy.checks["directory.lock"].found);
  check(/^block [1-9]/.test(healthy.checks["engine.head"].found), "the engine is at the log's head",
        healthy.checks["engine.head"].found);
  const text = await horae("doctor", "--config", settings);
  equal(text.code, Exit.ok, "the same as text");
  check(/^l1\.chain +ok +chain id 31337$/m.test(text.out) && !text.out.includes("\u001b"),
        "in columns, without colour where there is no terminal", text.out);
  const before = await network.status();
  equal([before.discrepancies, before.starts], [0, 1], "the node was not disturbed");

  // Settings.
  const misspelt = join(datadir, "misspelt.toml");
  writeFileSync(misspelt, readFileSync(settings, "utf8").replace("\nendpoint", "\nendpiont"));
  const unread = await examine(misspelt);
  equal([unread.code, unread.failed], [Exit.configuration, ["config.settings"]],
        "settings that cannot be read: 3");
  check(unread.checks["config.settings"].found.includes("is l1.endpoint meant?"), "and why");

  // L1 and its contracts.
  await finds("no L1", settings, ["--l1-endpoint", "http://127.0.0.1:1"],
              { "l1.chain": "no answer" });
  const stranger = await anvil("--chain-id", "4242");
  const other = await finds("an L1 of another chain", settings, ["--l1-endpoint", stranger],
                            { "l1.chain": "chain id 4242" });
  equal(other.checks["keys.signer"].verdict, "skipped", "which is asked nothing else");
  await finds("nothing at LockingPool's address", settings,
              ["--l1-locking-pool", "0x00000000000000000000000000000000000c0de5"],
              { "log.identity": "LockingPool", "l1.code": "no code at LockingPool" });
  const { contracts } = dev;
  const swapped = await examine(settings, "--l1-locking-pool", contracts.lockingInfo,
                                "--l1-locking-info", contracts.lockingPool);
  check(swapped.checks["l1.pairing"].found.includes("are swapped"),
        "the two addresses in each other's place: l1.pairing says so", swapped.checks["l1.pairing"]);
  await finds("another L2 than the pool's", settings, ["--l2-chain-id", "1088"],
              { "log.identity": "L2 chain id", "l1.l2_chain": "chain 10880",
                "engine.chain": "chain id 10880" });
  await finds("a first block that L1 has not come to", settings, ["--l1-from-block", "1000000"],
              { "log.identity": "first L1 block", "l1.logs": "not come to that block" });
  // On the dev L1 nothing is ever final but its first block, which is far behind the head soon.
  const tag = (await examine(settings, "--l1-confirmations", "finalized")).checks["l1.finalized"];
  check(/^block 0, \d+ behind/.test(tag.found), "what L1 calls final is asked", tag.found);

  // The machine.
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const taken = String(server.address().port);
  await finds("an occupied port", settings, ["--rpc-port", taken],
              { "machine.rpc_port": `127.0.0.1:${taken} is taken by another` });
  await finds("the other one", settings, ["--ops-port", taken],
              { "machine.ops_port": `127.0.0.1:${taken} is taken by another` });
  server.close();
  const own = (await examine(settings, "--rpc-port", new URL(network.l2).port))
    .checks["machine.rpc_port"];
  check(own.verdict === "ok" && own.found.includes("running node"),
        "the running node's own port is no trouble", own);

  // Files.
  chmodSync(datadir, 0o755);
  await finds("a directory that others read", settings, [], { "directory.mode": "0755" });
  chmodSync(datadir, 0o700);
  const password = join(datadir, "keys", "password");
  chmodSync(password, 0o644);
  await finds("a password that others read", settings, [],
              { "keys.modes": "0644", "keys.open": "can be read by others" });
  chmodSync(password, 0o600);
  const keystore = join(datadir, "keys", "spare-1.json");
  chmodSync(keystore, 0o640);
  await finds("a keystore that others read", settings, [],
              { "keys.modes": "0640", "keys.open": "can be read by others" });
  chmodSync(keystore, 0o600);
  const wrong = join(make_home(), "wrong");
  writeFileSync(wrong, "another password\n", { mode: 0o600 });
  const shut = await finds("another password", settings, ["--keys-password-file", wrong],
                           { "keys.open": "the password is wrong" });
  equal(shut.checks["keys.signer"].verdict, "ok", "the addresses are known all the same");
  check(/give the password that it was made with/.test(shut.checks["keys.open"].todo),
        "and the password is what to look at", shut.checks["keys.open"]);
  const lost = await finds("a password's file that is not there", settings,
                           ["--keys-password-file", join(datadir, "none")],
                           { "keys.modes": "is not there", "keys.open": "keys.password_file: " });
  check(/see that the path is right \(keys\.password_file\)/.test(lost.checks["keys.open"].todo),
        "and its path is what to look at", lost.checks["keys.open"]);
  const damaged = join(make_home(), "damaged.json");
  writeFileSync(damaged, "{}", { mode: 0o600 });
  const form = await examine(settings, "--keys-reward-mpc", damaged);
  check(/put a copy of the keystore in its place/.test(form.checks["keys.open"].todo),
        "of a damaged keystore, a copy", form.checks["keys.open"]);
  const asked = await examine(settings, "--keys-password-file", "");
  equal([asked.code, asked.checks["keys.open"].verdict], [Exit.ok, "skipped"],
        "without a password file nobody is asked");

  // Keys.
  await finds("a signer that never locked", settings, ["--keys-signers", keystore],
              { "keys.signer": "never locked" });
  await finds("a key that is not the pool's", settings, ["--keys-reward-mpc", keystore],
              { "keys.mpc": dev.accounts[10].address });
  const l1 = new JsonRpcProvider(network.l1, undefined, { cacheTimeout: -1, pollingInterval: 100 });
  const at = (name, address, account) => new Contract(
    address, load_artefact(name).abi, new NonceManager(network.wallets[account].connect(l1)));
  const pool = at("LockingPool", contracts.lockingPool, 0);
  const metis = at("MetisToken", contracts.metis, 0);
  const done = async (sent) => (await sent).wait(1, 60_000);
  await done(metis.approve(contracts.lockingInfo, 0n));
  await finds("an allowance of nothing", settings, [], { "rewards.allowance": "0.0000 METIS" });
  await done(metis.approve(contracts.lockingInfo, 10n ** 24n));
  const held = await metis.balanceOf(network.wallets[0].address);
  await done(metis.transfer(network.wallets[7].address, held));
  await finds("a payer without METIS", settings, [], { "rewards.balance": "0.0000 METIS" });
  await done(at("MetisToken", contracts.metis, 7).transfer(network.wallets[0].address, held));
  const owner = network.wallets[8].address;
  await done(pool.setWhitelist(owner, false));
  await finds("an owner that was taken off the list", settings, [], { "keys.whitelist": "is not" });
  await done(pool.setWhitelist(owner, true));
  const mpc = dev.accounts[12].address;
  const ether = await rpc(network.l1, "eth_getBalance", mpc, "latest");
  await rpc(network.l1, "anvil_setBalance", mpc, "0x1");
  await finds("an MPC address without ether", settings, [], { "keys.mpc_balance": "0.0000 ETH" });
  await rpc(network.l1, "anvil_setBalance", mpc, ether);
  await done(pool.updateMpc(Wallet.createRandom().address));
  await finds("a pool with another MPC address", settings, [], { "keys.mpc": mpc });
  await done(pool.updateMpc(mpc));
  await done(pool.setPause(true));
  equal((await examine(settings)).checks["l1.paused"].verdict, "warning", "a paused pool: a warning");
  await done(pool.setPause(false));

  // The sequencer changes its key: the old one alone is of no more use, and the log knows why.
  await done(pool.setSignerUpdateThrottle(0));
  const next = network.wallets[10];
  await done(at("LockingPool", contracts.lockingPool, 9)
    .updateSigner(1n, `0x${next.signingKey.publicKey.slice(4)}`));
  const new_signer = next.address.toLowerCase();
  await until("the log to have it", async () =>
    JSON.stringify(await network.rpc("horae_sequencers")).includes(new_signer));
  const replaced = await finds(
    "a key that was replaced", settings, ["--keys-signers", join(datadir, "keys", "signer.json")],
    { "keys.signer": `is a retired key: ${new_signer} replaced it as the signer of sequencer 1 at` });
  equal(replaced.checks["keys.signer"].todo, `give the keystore of ${new_signer} (keys.signers)`,
        "and the keystore to give is named");

  // The log beside a checkpoint that is not its own.
  const copy = join(make_home(), "copy");
  mkdirSync(join(copy, "log"), { recursive: true, mode: 0o700 });
  await network.stop();
  l1.destroy();
  for (const file of ["data.mdb", "key.pem", "checkpoint"]) {
    copyFileSync(join(datadir, "log", file), join(copy, "log", file));
  }
  const alone = await examine(settings, "--datadir", copy);
  equal(alone.checks["log.checkpoint"].verdict, "ok", "a copy of a log is as good");
  writeFileSync(join(copy, "log", "checkpoint"), "no checkpoint at all\n");
  const altered = await examine(settings, "--datadir", copy);
  equal(altered.checks["log.checkpoint"].verdict, "failed", "with another checkpoint it is not");
  writeFileSync(join(copy, "log", "data.mdb"), Buffer.alloc(8192));
  const zeroed = await examine(settings, "--datadir", copy);
  check(zeroed.failed.includes("log.identity"), "a log of zeros is found", zeroed.failed);

  // L1 and engine stopped; the ports of the node that was here may be another test's by now.
  const stopped = await examine(settings, "--ops-port", "0", "--rpc-port", "0");
  equal([stopped.code, stopped.failed], [Exit.precondition, ["l1.chain", "engine.chain"]],
        "a stopped L1 and a stopped engine");
  equal(stopped.checks["directory.lock"].found, "free", "the directory is free");

  // Chains alone: the engine is behind the log, and a start brings it there.
  const chains = await Network.start({ datadir, args: ["--without-node"] });
  const idle = await examine(settings);
  equal([idle.code, idle.failed], [Exit.ok, []], "before a start there is nothing wrong");
  check(idle.checks["engine.head"].found.includes("a start executes"), "and what it will do is told",
        idle.checks["engine.head"].found);
  const genesis = await anvil("--chain-id", "10880", "--no-mining", "--order", "fifo",
                              "--timestamp", "1700000000");
  await finds("an engine of another genesis", settings, ["--engine-endpoint", genesis],
              { "engine.genesis": "block 0 0x" });
  await finds("no engine", settings, ["--engine-endpoint", "http://127.0.0.1:1"],
              { "engine.chain": "no answer" });

  // The sequencer leaves.
  const again = new JsonRpcProvider(chains.l1, undefined,
                                    { cacheTimeout: -1, pollingInterval: 100 });
  await done(new Contract(contracts.lockingPool, load_artefact("LockingPool").abi,
                          chains.wallets[8].connect(again)).unlock(1n, 200_000, { value: 1n }));
  await finds("a sequencer that has left", settings, [], { "keys.signer": "sequencer 1, inactive" });
  again.destroy();
  await chains.stop();
  ok("nothing is left behind");
});
