// A node from settings and keystores, as an operator makes it: init, keys, config, run. Its L1 is a
// dev network's, its engine an anvil of its own; cast and ethers open what it wrote.
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Wallet } from "ethers";
import { anvil } from "./anvil.mjs";
import {
  cast, check, equal, Exit, horae, L2_CHAIN_ID, make_home, Network, replay, rpc, run, start_horae,
  test, transfer, until,
} from "./network.mjs";

const password = "correct horse battery";
const genesis_time = "1700000000";

function secret(file, text) {
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

const engine = () => anvil("--chain-id", String(L2_CHAIN_ID), "--no-mining", "--order", "fifo",
                            "--timestamp", genesis_time, "--gas-limit", "30000000");

await test(async () => {
  const home = make_home();
  const node = join(home, "node");
  const password_file = secret(join(home, "password"), password);

  // Nothing is given but a network: a file that says what is missing, and a key.
  const fresh = await horae("init", node, "--network", "sepolia", "--keys-password-file",
                            password_file);
  equal(fresh.code, Exit.ok, "init writes settings and a key");
  const keystore = join(node, "keys", "signer.json");
  equal(statSync(keystore).mode & 0o777, 0o600, "the keystore is its owner's alone");
  const address = /address +(0x[0-9a-f]{40})/.exec(fresh.out)[1];
  const opened = await Wallet.fromEncryptedJson(readFileSync(keystore, "utf8"), password);
  equal(opened.address.toLowerCase(), address, "ethers opens it and finds the key of that address");
  equal(`0x${opened.signingKey.publicKey.slice(4)}`, /public key +(0x[0-9a-f]{128})/.exec(fresh.out)[1],
        "and that public key, without 04");
  const checked = await horae("config", "check", "--config", join(node, "horae.toml"));
  equal(checked.code, Exit.configuration, "config check says what is still missing");
  check(checked.said.includes("l1.endpoint is not set"), "by name", checked.said);
  equal((await horae("init", node, "--network", "sepolia")).code, Exit.precondition,
        "a second init leaves all of it alone");

  const copy = join(home, "copy.json");
  copyFileSync(keystore, copy);
  chmodSync(copy, 0o600);
  equal((await horae("keys", "verify-backup", keystore, copy, "--password-file", password_file)).code,
        Exit.ok, "a backup is verified");
  const wrong = secret(join(home, "wrong"), "another password");
  const refused = await horae("keys", "show-pubkey", keystore, "--password-file", wrong);
  equal(refused.code, Exit.key, "a wrong password has an exit code of its own");

  // A node for the dev network's L1, with its sequencer's key.
  const network = await Network.start();
  const { address: signer, privateKey } = network.dev.accounts.find(
    (account) => account.address === network.dev.sequencer.address);
  const imported = join(home, "imported.json");
  equal((await horae("keys", "import", imported, "--from", secret(join(home, "raw"), privateKey),
                     "--password-file", password_file)).code, Exit.ok, "a key is imported");
  const told = await run(cast, ["wallet", "address", "--keystore", imported, "--password", password]);
  equal(told.out.trim().toLowerCase(), signer, "and cast opens it");

  const settings = join(home, "run", "horae.toml");
  const made = await horae(
    "init", join(home, "run"), "--network", "dev", "--l1-endpoint", network.l1,
    "--l1-locking-pool", network.dev.contracts.lockingPool,
    "--l1-locking-info", network.dev.contracts.lockingInfo, "--l1-from-block", "1",
    "--l1-confirmations", "0", "--engine-endpoint", await engine(),
    "--l2-genesis-time", genesis_time, "--keys-signers", imported,
    "--keys-password-file", password_file);
  equal(made.code, Exit.ok, "init takes every setting");
  const asked = await horae("config", "show", "--origin", "--config", settings, "--rpc-port", "0");
  equal(asked.code, Exit.ok, "with them nothing is missing");
  check(/rpc\.port = 0 +# flag --rpc-port/.test(asked.out) &&
        /l2\.gas_limit = 30000000 +# default/.test(asked.out) &&
        /l1\.from_block = 1 +# .*horae\.toml:\d+:\d+/.test(asked.out),
        "each value tells where it is from", asked.out);

  const program = start_horae("run", "--config", settings, "--rpc-port", "0");
  const url = await until("its JSON-RPC", () =>
    program.end ? Promise.reject(new Error(program.said))
      : /JSON-RPC on (http:\S+);/.exec(program.said)?.[1]);
  await until("its sequencer to be Active", async () =>
    (await rpc(url, "horae_status")).production.state === "idle");
  const hash = await rpc(url, "eth_sendRawTransaction", await transfer(network.wallets[1], 0));
  const receipt = await until("a receipt",
                              () => rpc(url, "eth_getTransactionReceipt", hash));
  equal(receipt.status, "0x1", "the node that run started seals a transaction");
  program.signal("SIGTERM");
  equal(await program.wait(), { code: 0, signal: null }, "and ends in order");
  check(!program.said.includes(privateKey.slice(2)) && !program.said.includes(password),
        "it said neither key nor password", program.said);
  const verified = await replay(join(home, "run", "data"), "verify");
  check(verified.ok, "its log verifies", verified);

  const misspelt = join(home, "run", "misspelt.toml");
  writeFileSync(misspelt, readFileSync(settings, "utf8").replace("\nendpoint", "\nendpiont"));
  const ended = await horae("run", "--config", misspelt);
  equal(ended.code, Exit.configuration, "run refuses a key that is no setting");
  check(/misspelt\.toml:\d+:\d+: no setting is called l1\.endpiont: is l1\.endpoint meant\?/
          .test(ended.said), "names its place and the nearest", ended.said);
  await network.stop();
});
