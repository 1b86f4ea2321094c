// What `horae dev` tells people and programs: the banner, dev.json, and what it refuses.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { getAddress } from "ethers";
import {
  check, equal, ETHER, Exit, horae, make_home, Network, ok, rpc, run, test, until,
} from "./network.mjs";

const ADDRESS = "0x…40";
/** A value with what may differ from run to run put into words. */
function shape(value) {
  if (Array.isArray(value)) return value.map(shape);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shape(v)]));
  }
  if (typeof value !== "string") return typeof value;
  if (/^0x[0-9a-f]+$/.test(value)) return `0x…${value.length - 2}`;
  return value.replace(/:\d+$/, ":PORT");
}

/** A port of 127.0.0.1 on which this process listens. */
async function taken_port() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, port: server.address().port };
}

await test(async () => {
  // A path that a shell must have quoted.
  const datadir = join(make_home(), "data of a test's own");
  const network = await Network.start({ datadir });
  const { dev, program } = network;

  const account = { address: ADDRESS, privateKey: "0x…64" };
  equal(shape(dev), {
    l1: { rpc: "http://127.0.0.1:PORT", chainId: "number" },
    l2: { rpc: "http://127.0.0.1:PORT", chainId: "number" },
    engine: { dialect: "anvil", rpc: "http://127.0.0.1:PORT" },
    ops: "http://127.0.0.1:PORT",
    inspect: join(datadir, "inspect.sock"),
    contracts: { metis: ADDRESS, lockingPool: ADDRESS, lockingInfo: ADDRESS, bridge: ADDRESS },
    sequencer: { id: "1", address: ADDRESS, pubkey: "0x…128" },
    accounts: Array(13).fill(account),
    pid: "number",
    nodes: [{ l2: { rpc: "http://127.0.0.1:PORT" }, ops: "http://127.0.0.1:PORT", datadir,
              pid: "number", sequencer: { address: ADDRESS } }],
  }, "dev.json is nested as the README's readers expect");
  equal([dev.l1.chainId, dev.l2.chainId, dev.pid], [31337, 10880, program.pid], "its numbers");
  equal(dev.sequencer.address, dev.accounts[9].address, "the sequencer signs as anvil's account 9");
  equal(statSync(join(datadir, "dev.json")).mode & 0o777, 0o600, "dev.json is its owner's alone");
  equal(statSync(datadir).mode & 0o777, 0o700, "so is the data directory");

  const banner = await until("the banner", () => {
    const commands = program.out.split("\n").filter((line) => line.startsWith("  $ "));
    return commands.length >= 3 && commands;
  });
  const numbered = (values) => values.map((value, i) => `\n  ${String(i).padStart(2)}  ${value}`);
  const told = [dev.l1.rpc, dev.l2.rpc, dev.ops, "31337", "10880",
                ...Object.values(dev.contracts).map((each) => getAddress(each)),
                ...numbered(dev.accounts.map(({ address }) => getAddress(address))),
                ...numbered(dev.accounts.map(({ privateKey }) => privateKey)),
                join(datadir, "log"), "Ctrl-C", "docs/dev-network.md", "live screen"];
  equal(told.filter((each) => !program.out.includes(each)), [],
        "the banner names endpoints, chain ids, contracts, accounts by number and with EIP-55's " +
        "capitals, the log, the docs, the live screen and Ctrl-C");
  equal(program.out.split("\n").filter((line) => line.length > 100 && !line.startsWith("  $ ")), [],
        "in 100 columns, but for commands");
  for (const [place, { address }] of dev.accounts.entries()) {
    // Beyond anvil's ten there are keys of the node's, which need ether on L1 alone.
    for (const url of place < 10 ? [network.l1, network.l2] : [network.l1]) {
      const balance = BigInt(await rpc(url, "eth_getBalance", address, "latest"));
      if (balance < ETHER) throw new Error(`${address} has ${balance} wei at ${url}`);
    }
  }
  ok("the accounts are funded where they are used");

  equal(banner.length, 3, "three commands to try");
  const outputs = [];
  for (const line of banner) {
    const ended = await run("/bin/bash", ["-c", line.slice("  $ ".length)], { cwd: "/" });
    equal(ended.code, 0, `pasted and run: ${line.trim().split(" ")[1].split("/").pop()}`);
    outputs.push(ended.out);
  }
  check(/status\s+1 \(success\)/.test(outputs[0]), "cast has its receipt");
  check(/^state hash/m.test(outputs[1]), "horae-replay shows the state");
  check(outputs[2].includes(`pid ${dev.pid},`),
        "horae-inspect, here without a terminal for its screen, answers with this node", outputs[2]);

  const second = await horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0");
  equal(second.code, Exit.directory, "a second node on the directory ends with 4");
  check(second.said.includes(String(dev.pid)), "and names the holder", second.said);

  await network.stop();
  ok("SIGTERM ends it with 0 and leaves no child");
  check(!existsSync(join(datadir, "dev.json")), "dev.json is gone at stop");

  const { server, port } = await taken_port();
  const other = join(make_home(), "data");
  for (const option of ["--l1-port", "--l2-port"]) {
    const free = option === "--l1-port" ? "--l2-port" : "--l1-port";
    const ended = await horae("dev", "--datadir", other, option, String(port), free, "0");
    equal(ended.code, Exit.configuration, `a taken ${option} ends it with 3`);
    check(ended.said.includes(String(port)) && ended.said.includes(option),
          "and the port is named", ended.said);
  }
  server.close();

  writeFileSync(join(datadir, "mine.txt"), "not the node's");
  const fresh = await Network.start({ datadir, args: ["--fresh"] });
  const status = await fresh.status();
  equal([status.block, status.starts], [0, 1], "--fresh begins anew");
  check(existsSync(join(datadir, "mine.txt")), "and deletes only what horae dev made");
  equal(fresh.dev.contracts, dev.contracts, "with the contracts where they always are");
  await fresh.stop();

  // A log of another making is not horae dev's to delete.
  const foreign = join(make_home(), "data");
  mkdirSync(join(foreign, "log"), { recursive: true, mode: 0o700 });
  writeFileSync(join(foreign, "log", "data.mdb"), "a log of an auditor");
  const refused = await horae("dev", "--datadir", foreign, "--fresh", "--l1-port", "0",
                              "--l2-port", "0");
  equal(refused.code, Exit.precondition, "--fresh refuses a log of another making");
  equal(readFileSync(join(foreign, "log", "data.mdb"), "utf8"), "a log of an auditor",
        "and leaves it");

  // One process may not hold both ports.
  const same = await horae("dev", "--datadir", other, "--l1-port", String(port), "--l2-port",
                           String(port));
  equal(same.code, Exit.configuration, "the same port for both is refused");
});
