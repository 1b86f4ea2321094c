// What `horae dev` is made of, in a user's hands: its settings and keystores, and its chains without
// its node. And an L1 endpoint of another chain, which `run` does not believe.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Wallet } from "ethers";
import { anvil, anvil_at, free_port } from "./anvil.mjs";
import {
  check, end_node, equal, Exit, horae, L1_CHAIN_ID, make_home, Network, ok, replay, rpc,
  run_node, test, transfer, until,
} from "./network.mjs";

const mode = (file) => statSync(file).mode & 0o777;

await test(async () => {
  // The files of an ordinary dev network.
  const network = await Network.start({ args: ["--epoch-length", "7", "--count", "allotted"] });
  const { datadir } = network;
  const settings = join(datadir, "horae.toml");
  const shown = await horae("config", "show", "--config", settings);
  equal(shown.code, Exit.ok, "horae dev's own settings are whole");
  check(/^l2\.epoch_length = 7$/m.test(shown.out) && /^rewards\.count = allotted$/m.test(shown.out),
        "what its flags say stands in them", shown.out);
  equal([mode(join(datadir, "keys")), mode(join(datadir, "keys", "password")),
         mode(join(datadir, "keys", "signer.json"))], [0o700, 0o600, 0o600],
        "keys and their password are their owner's alone");
  const password = readFileSync(join(datadir, "keys", "password"), "utf8").trim();
  const names = ["signer", "spare-1", "spare-2", "reward-mpc"];
  const opened = await Promise.all(names.map((name) => Wallet.fromEncryptedJson(
    readFileSync(join(datadir, "keys", `${name}.json`), "utf8"), password)));
  equal(opened.map(({ address }) => address.toLowerCase()),
        [9, 10, 11, 12].map((place) => network.dev.accounts[place].address),
        "ethers opens the keystores and finds the accounts that the node signs with");
  const busy = await horae("run", "--config", settings);
  equal(busy.code, Exit.directory, "a second node from the same file is refused");
  await network.stop();

  // A directory of before there were keystores, with other flags.
  rmSync(join(datadir, "keys"), { recursive: true });
  rmSync(settings);
  const again = await Network.start({ datadir });
  equal((await again.status()).starts, 2, "a directory without keystores goes on");
  check(/^l2\.epoch_length = 5$/m.test(
    (await horae("config", "show", "--config", settings)).out), "and its file follows the flags");
  await again.stop();

  // Chains alone, and the node from the file.
  const chains = await Network.start({ datadir, args: ["--without-node"] });
  await until("a banner that says how to start a node", () =>
    chains.program.out.includes(`run --config ${settings}`));
  for (const args of [["--without-node"], ["--fresh"]]) {
    const second = await horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0",
                               ...args);
    equal(second.code, Exit.directory, `the chains are in use: a second dev ${args} is refused`);
  }
  for (const nonce of [0, 1]) {
    const node = await run_node(settings);
    equal(node.url, chains.l2, "run serves where dev.json says that the node is");
    await until("its sequencer to be Active", async () =>
      (await rpc(node.url, "horae_status")).production.state === "idle");
    const hash = await rpc(node.url, "eth_sendRawTransaction",
                           await transfer(chains.wallets[1], nonce));
    await until("a receipt", () => rpc(node.url, "eth_getTransactionReceipt", hash));
    ok(`node ${nonce + 1} on these chains seals a transaction`);
    const both = await horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0");
    equal(both.code, Exit.directory, "no second network beside it");
    await end_node(node);
  }

  // Another L1 behind the endpoint.
  const stranger = await anvil("--chain-id", "4242");
  for (const [what, directory] of [["a log that is there", datadir],
                                   ["a new one", join(make_home(), "new")]]) {
    const refused = await horae("run", "--config", settings, "--datadir", directory,
                                "--l1-endpoint", stranger);
    equal(refused.code, Exit.precondition, `an endpoint of another chain is refused, for ${what}`);
    check(["4242", String(L1_CHAIN_ID)].every((id) => refused.said.includes(id)),
          "with what was found and what was wanted", refused.said);
    check(!refused.said.includes("JSON-RPC on"), "before anything is served");
  }
  const other = await horae("run", "--config", settings, "--network", "sepolia", "--l1-endpoint",
                            stranger);
  equal(other.code, Exit.key, "keys that everybody knows serve on no other network");
  check(other.said.includes("everybody knows"), "and it says so", other.said);

  // An endpoint that is away is no reason not to serve.
  const port = await free_port();
  const patient = await run_node(settings, "--l1-endpoint", `http://127.0.0.1:${port}`);
  check(patient.said.includes("L1 does not answer"), "a node whose L1 is away says so, and serves",
        patient.said);
  await anvil_at(port, "--chain-id", "4242");
  equal(await patient.wait(), { code: Exit.mismatch, signal: null },
        "but ends when what comes back is another chain");
  check(patient.said.includes("the endpoint is of chain 4242, wanted 31337"), "and says why",
        patient.said.slice(-2000));

  // A copy in another directory is a node of its own; its engine must be, too.
  const copy = join(make_home(), "copy");
  mkdirSync(join(copy, "keys"), { recursive: true, mode: 0o700 });
  for (const name of [...names.map((each) => `${each}.json`), "password"]) {
    writeFileSync(join(copy, "keys", name), readFileSync(join(datadir, "keys", name)),
                  { mode: 0o600 });
  }
  writeFileSync(join(copy, "horae.toml"), readFileSync(settings), { mode: 0o600 });
  const genesis = /^genesis_time = (\d+)$/m.exec(readFileSync(settings, "utf8"))[1];
  const engine = await anvil("--chain-id", "10880", "--no-mining", "--order", "fifo",
                             "--timestamp", genesis, "--gas-limit", "30000000");
  const own = await run_node(join(copy, "horae.toml"), "--engine-endpoint", engine, "--rpc-port",
                             "0");
  await until("its sequencer to be Active", async () =>
    (await rpc(own.url, "horae_status")).production.state === "idle");
  check(existsSync(join(copy, "log", "data.mdb")), "a copied file makes a node beside it");
  await end_node(own);
  await chains.stop();
  check((await replay(datadir, "verify")).ok, "the log of all these nodes verifies");
});
