// The dev network on geth, from nothing and through ends of each kind, and a node that runs its geth
// itself (engine.command), as an operator sets it up.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { free_port } from "./anvil.mjs";
import {
  bin, check, children_of, end_node, equal, Exit, geth, has_geth, horae, make_home, Network, none_left,
  ok, Program, replay, rpc, run, run_node, skip, test, transfer, until,
} from "./network.mjs";

if (!has_geth) skip(`no geth at ${geth} (./run --engine geth gets one)`);

const block = (url, number) => rpc(url, "eth_getBlockByNumber", number, false);
const head_of = async (url) => Number(await rpc(url, "eth_blockNumber"));

/** The numbers of the blocks that a geth has executed since it was started. */
const executed = (log) => [...readFileSync(log, "utf8").matchAll(/Imported new .* number=([\d,]+)/g)]
  .map(([, number]) => Number(number.replaceAll(",", "")));

let nonce = 0;
async function send(url, wallet) {
  const hash = await rpc(url, "eth_sendRawTransaction", await transfer(wallet, nonce++));
  await until("an empty mempool", async () => (await rpc(url, "horae_status")).mempool === 0);
  return until(`the receipt of ${hash}`, () => rpc(url, "eth_getTransactionReceipt", hash));
}

/** That the engine has the log's blocks, each once and none besides. */
async function same_chain(network, hashes) {
  const seen = await Promise.all(hashes.map(async (hash, number) => [
    (await block(network.l2, `0x${number.toString(16)}`)).hash,
    (await block(network.dev.engine.rpc, `0x${number.toString(16)}`)).hash]));
  equal(seen, hashes.map((hash) => [hash, hash]), `blocks 0 to ${hashes.length - 1} are as before`);
}

async function hashes_of(network) {
  const head = await head_of(network.l2);
  return Promise.all([...Array(head + 1).keys()].map(
    async (number) => (await block(network.l2, `0x${number.toString(16)}`)).hash));
}

async function dev_network() {
  const nothing = join(make_home(), "data");
  const without = await run(
    join(bin, "horae"), ["dev", "--engine", "geth", "--datadir", nothing, "--l1-port", "0",
                         "--l2-port", "0", "--ops-port", "0"],
    { env: { ...process.env, XDG_CACHE_HOME: nothing } });
  equal([without.code, existsSync(join(nothing, "l1", "network.json"))], [Exit.unreachable, false],
        "without a geth no network begins");
  check(without.said.includes("there is no geth at"), "which it says", without.said);

  let network = await Network.start({ engine: "geth" });
  const { datadir } = network;
  const { engine } = network.dev;
  equal([engine.dialect, statSync(engine.jwtFile).mode & 0o777], ["geth", 0o600],
        "dev.json names the engine, and nobody else may read its secret");
  for (const _ of Array(3)) await send(network.l2, network.wallets[1]);
  ok("transfers are sealed");

  const log = join(datadir, "l2", "geth.log");
  let hashes = await hashes_of(network);
  await network.stop();
  check(readFileSync(log, "utf8").includes("Blockchain stopped"), "geth ends in order");
  network = await Network.start({ datadir });
  equal(network.dev.engine.dialect, "geth", "it goes on with geth without being told");
  await same_chain(network, hashes);
  await send(network.l2, network.wallets[1]);
  equal(executed(log), [hashes.length], "only the new block is executed, and once");

  hashes = await hashes_of(network);
  network.kill_engine();
  equal(await network.program.wait(), { code: Exit.unreachable, signal: null },
        "where geth is killed, the dev network ends");
  check(network.program.said.includes("the L2 engine has ended"), "and says why");
  network = await Network.start({ datadir });
  await same_chain(network, hashes);
  await send(network.l2, network.wallets[1]);
  ok("and goes on at the next start");

  hashes = await hashes_of(network);
  network.program.signal("SIGSTOP");
  network.kill_engine();
  await network.kill();
  network = await Network.start({ datadir });
  await same_chain(network, hashes);
  await send(network.l2, network.wallets[1]);
  ok("so it does where both were killed");
  await network.stop();

  const other = await horae("dev", "--datadir", datadir, "--engine", "anvil", "--l1-port", "0",
                            "--l2-port", "0");
  equal(other.code, Exit.precondition, "another engine is refused");
  check(other.said.includes("began with geth as its engine"), "with words", other.said);
  const verified = await replay(datadir, "verify");
  check(verified.ok && verified.blocks >= hashes.length, "the log verifies", verified);

  rmSync(join(datadir, "l2", "geth"), { recursive: true });
  network = await Network.start({ datadir, args: ["--without-node"] });
  const executed_again = await replay(datadir, "verify", "--engine", network.dev.engine.rpc,
                                      "--engine-dialect", "geth");
  equal(executed_again.executed, verified.blocks, "and each block executes as it was signed");
  await network.stop();
}

async function own_engine() {
  const network = await Network.start({ args: ["--without-node"] });
  const home = make_home();
  const rpc_port = await free_port();
  const auth_port = await free_port();
  const secret = join(home, "jwt.hex");
  writeFileSync(secret, `${"5a".repeat(32)}\n`, { mode: 0o600 });
  const settings = join(home, "horae.toml");
  const given = (command) => readFileSync(join(network.datadir, "horae.toml"), "utf8")
    .replace(/^datadir = .*$/m, `datadir = "${join(home, "data")}"`)
    .replaceAll(/"keys\//g, `"${network.datadir}/keys/`)
    .replace(/\[engine\][^]*?(?=\n\[)/, `[engine]
dialect = "geth"
endpoint = "http://127.0.0.1:${rpc_port}"
auth_endpoint = "http://127.0.0.1:${auth_port}"
jwt_file = "${secret}"
${command ? `command = '''${command}'''` : ""}
`);
  writeFileSync(settings, given());
  mkdirSync(join(home, "data"), { mode: 0o700 });

  const genesis = await horae("engine", "genesis", "--config", settings);
  equal(genesis.code, Exit.ok, "horae engine genesis prints a genesis");
  const genesis_file = join(home, "genesis.json");
  writeFileSync(genesis_file, genesis.out);
  const flags = await horae("engine", "flags", "--config", settings, "--genesis-file", genesis_file);
  equal(flags.code, Exit.ok, "horae engine flags prints two commands");
  const alloc = join(home, "alloc.json");
  const known = network.dev.accounts[3].address;
  writeFileSync(alloc, JSON.stringify({ [known]: "1000" }));
  const elsewhere = await horae("engine", "genesis", "--config", settings, "--network", "sepolia",
                                "--alloc", alloc);
  check(elsewhere.code !== Exit.ok && elsewhere.said.includes(`everybody has the key of ${known}`),
        "an account of the dev network gets nothing elsewhere", elsewhere.said);
  const anvil = await horae("engine", "flags", "--config", join(network.datadir, "horae.toml"));
  equal(anvil.code, Exit.configuration, "of anvil there is nothing to print");
  const [init, start] = flags.out.split("\n").filter((line) => line.startsWith("geth "));
  const path = `${dirname(geth)}:${process.env.PATH}`;
  equal((await run("/bin/sh", ["-c", init], { env: { ...process.env, PATH: path } })).code, 0,
        "the first makes geth's directory");

  process.env.PATH = path;
  writeFileSync(settings, given(start));
  let node = await run_node(settings);
  nonce = 0;
  const first = await send(node.url, network.wallets[1]);
  ok("a node with the second as engine.command starts its engine and seals");
  let children = children_of(node.pid);
  equal(children.length, 1, "the engine is its child");
  await end_node(node);
  await none_left(children);
  check(readFileSync(join(home, "data", "engine.log"), "utf8").includes("Blockchain stopped"),
        "and the engine ends in order with it");

  node = await run_node(settings);
  equal((await rpc(node.url, "eth_getTransactionReceipt", first.transactionHash)).blockHash,
        first.blockHash, "the next start goes on where it was");
  const twice = await horae("run", "--config", settings, "--datadir", join(home, "other"));
  equal(twice.code, Exit.unreachable, "a second engine at the same place is refused");
  check(twice.said.includes("another engine answers at"), "with words", twice.said);
  children = children_of(node.pid);
  process.kill(children[0].pid, "SIGKILL");
  equal(await node.wait(), { code: Exit.unreachable, signal: null },
        "where the engine is killed, the node ends");
  check(node.said.includes("the engine (engine.command) has ended"), "and says why", node.said);

  await beside(given(), start, init, network.wallets[1]);

  for (const [command, words] of [["no-such-program", "no program in PATH is called no-such-program"],
                                  ["false", "the engine ended with exit code 1"]]) {
    const refused = await horae("run", "--config", settings, "--engine-command", command);
    equal(refused.code, Exit.unreachable, `engine.command = ${command} is refused`);
    check(refused.said.includes(words), "with words", refused.said);
  }
  await network.stop();
}

/** A geth that something else runs: the node outlives its ends, and brings back what it has lost. */
async function beside(settings, start, init, wallet) {
  const file = join(make_home(), "horae.toml");
  writeFileSync(file, settings);
  const [, endpoint] = /^endpoint = "(http[^"]*)"/m.exec(settings.split("[engine]")[1]);
  const [, datadir] = /--datadir (\S+)/.exec(start);
  const begin = async () => {
    const geth = new Program("geth", "/bin/sh", ["-c", `exec ${start}`]);
    await until("geth's answer", () => rpc(endpoint, "eth_chainId").catch(() => null));
    return geth;
  };
  let engine = await begin();
  const node = await run_node(file);
  const receipts = [await send(node.url, wallet)];
  const goes_on = async (what) => {
    await until("the engine's last block, which no user asks for", async () => {
      const block = await rpc(endpoint, "eth_getBlockByHash", receipts.at(-1).blockHash, false);
      return block && Number(block.number) === await head_of(endpoint);
    });
    receipts.push(await send(node.url, wallet));
    for (const { transactionHash, blockHash } of receipts) {
      const seen = await rpc(endpoint, "eth_getTransactionReceipt", transactionHash);
      equal(seen.blockHash, blockHash, `block ${blockHash} is the engine's, ${what}`);
    }
  };
  engine.signal("SIGKILL");
  await engine.wait();
  engine = await begin();
  await goes_on("after a kill");
  engine.signal("SIGKILL");
  await engine.wait();
  rmSync(datadir, { recursive: true });
  equal((await run("/bin/sh", ["-c", init])).code, 0, "geth begins anew");
  engine = await begin();
  await goes_on("after it has lost all of them");
  ok("the node has run all the while");
  await end_node(node);
  engine.signal("SIGTERM");
  await engine.wait();
}

await test(async () => {
  await dev_network();
  await own_engine();
});
