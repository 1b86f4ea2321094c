// A node from settings and keystores, as an operator makes it: init, keys, config, run. Its L1 is a
// dev network's, its engine an anvil of its own; cast and ethers open what it wrote.
import {
  chmodSync, copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Wallet } from "ethers";
import { anvil } from "./anvil.mjs";
import {
  cast, check, equal, Exit, horae, L2_CHAIN_ID, make_home, Network, replay, rpc, run, start_horae,
  test, transfer, until,
} from "./network.mjs";

const bin = process.argv[2];
const password = "correct horse battery";
const genesis_time = "1700000000";

function secret(file, text) {
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

/** Every flag that these words name is one of the command's. */
async function flags_exist(words, ...command) {
  const help = (await run(join(bin, "horae"), [...command, "--help"])).out;
  const named = words.match(/--[a-z][a-z0-9-]+/g) ?? [];
  equal(named.filter((flag) => !new RegExp(`${flag}\\b(?!-)`).test(help)), [],
        `${command.join(" ")} has the flags that are named (${named.join(" ")})`);
}

/** The wrong ways of init: each names its right flags, and nothing is left behind. */
async function wrong_inits(home, password_file) {
  const none = join(home, "wrong init");
  for (const [args, exit, words] of [
    [[], Exit.usage, /--network is missing: one of andromeda, sepolia, dev/],
    [["--network", "dev", "--password-file", password_file], Exit.usage,
     /no option --password-file; --keys-password-file\?/],
    [["--network", "mars"], Exit.usage, /--network: wanted one of .*, got mars/],
    [["--network", "dev", "--rpc-port", ""], Exit.usage, /--rpc-port: wanted a number .*, got nothing/],
    [["--network", "dev", "--keys-password-file", join(home, "none")], Exit.key,
     /--keys-password-file: .*No such file/],
    [["--network", "dev"], Exit.key, /no terminal to ask for the new password .*--keys-password-file/],
    [["--network", "dev", "--l1-locking-pool", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"],
     Exit.usage, /--l1-locking-pool: .*checksum.* is 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed, got/],
  ]) {
    // In a session of its own, so that there is no terminal to ask.
    const ended = await run("setsid", ["-w", join(bin, "horae"), "init", none, ...args]);
    equal(ended.code, exit, `init ${args.join(" ")} ends with ${exit}`);
    check(words.test(ended.said), "and says why", ended.said);
    await flags_exist(ended.said.split("\n")[0].replace(/no option \S+/, ""), "init");
    check(!existsSync(join(none, "horae.toml")), "and writes no settings");
  }
  const file = join(home, "a file instead");
  writeFileSync(file, "");
  const onto = await horae("init", file, "--network", "dev");
  equal(onto.code, Exit.directory, "init refuses a file in the directory's place");

  // A keystore that is there already is gone on with by the flag that is named.
  const known = join(home, "known");
  const made = await horae("init", known, "--network", "dev", "--keys-password-file", password_file);
  equal(made.code, Exit.ok, "init makes a key");
  rmSync(join(known, "horae.toml"));
  const again = await horae("init", known, "--network", "dev", "--keys-password-file", password_file);
  equal(again.code, Exit.key, "and not once more");
  const flag = /give it as (--keys-signers) (\S+)/.exec(again.said);
  const gone_on = await horae("init", known, "--network", "dev", flag[1], flag[2]);
  equal(gone_on.code, Exit.ok, "but goes on with it as it says");
  check(!gone_on.said.includes("copy the keystore"), "and does not speak of a key it did not make",
        gone_on.said);
}

/** What is printed for pasting works where the path has a blank and an apostrophe. */
async function with_odd_names(home, password_file) {
  const odd = join(home, "Ada's node");
  const made = await horae("init", odd, "--network", "dev", "--l1-endpoint", "http://127.0.0.1:9",
                           "--keys-password-file", password_file);
  equal(made.code, Exit.ok, "init in a directory with a blank and an apostrophe");
  const pasted = made.said.match(/^ {2}horae .*$/gm).map((line) => line.trim());
  equal(pasted.length, 3, "it prints three commands");
  const paste = (command) => run("bash", ["-c", command.replace(/^horae/, join(bin, "horae"))]);
  for (const command of pasted) {
    await flags_exist(command, ...command.split(" ").slice(1, 3).filter((word) => /^[a-z]/.test(word)));
  }
  copyFileSync(join(odd, "keys", "signer.json"), join(odd, "copy.json"));
  chmodSync(join(odd, "copy.json"), 0o600);
  const copied = pasted[0].replace("COPY", `'${join(home, "Ada'\\''s node", "copy.json")}'`);
  equal((await paste(`${copied} --password-file '${password_file}'`)).code, Exit.ok,
        "the backup is verified as it is printed");
  const checked = await paste(pasted[1]);
  check(checked.said.includes("l1.locking_pool is not set"), "and the settings are found",
        checked.said);
  chmodSync(join(odd, "keys", "signer.json"), 0o644);
  const open = await horae("keys", "show-pubkey", join(odd, "keys", "signer.json"),
                           "--password-file", password_file);
  await run("bash", ["-c", /chmod 600 .*/.exec(open.said)[0]]);
  equal(statSync(join(odd, "keys", "signer.json")).mode & 0o777, 0o600, "so is the chmod");
  const settings = join(odd, "horae.toml");
  writeFileSync(settings, readFileSync(settings, "utf8").replace(
    "# locking_pool = (must be set)",
    'locking_pool = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"'));
  const mistyped = await horae("config", "check", "--config", settings);
  check(/horae\.toml:\d+:\d+: l1\.locking_pool: .*0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/
          .test(mistyped.said), "config check tells of an address's wrong checksum", mistyped.said);
}

/**
 * The log begins with the genesis that init wrote. What the settings say of its rules later counts for
 * nothing, a change by its operator's word does; another genesis is refused.
 */
async function rules_by_genesis(network, home, made) {
  const file = join(home, "genesis.json");
  check(made.includes(`genesis     ${file}`), "init says where the genesis is", made);
  const datadir = join(home, "data");
  const state = () => replay(datadir, "state");
  const said = JSON.parse(readFileSync(file, "utf8")).pool;
  const began = (await state());
  equal([began.pool.genesis.timeMs, began.pool.genesis.rules.length, began.pool.members],
        [said.timeMs, said.rules.length, []], "the log began with the file");
  equal([said.rules[0].blocks.open.genesisHash, began.pool.genesis.rules[0].blocks.open.genesisHash],
        ["0x", began.blocks.genesisHash], "and with block 0 of the engine");

  const settings = ["--config", join(home, "horae.toml")];
  const other = join(home, "other.json");
  equal((await horae("pool", "genesis", ...settings, "--out", other)).code, Exit.ok,
        "a genesis alone is made anew");
  const refused = await horae("run", ...settings, "--pool-genesis", other);
  check(refused.code === Exit.precondition && refused.said.includes("another genesis"),
        "with another one it does not start", refused.said);

  const looked = await horae("doctor", ...settings, "--l2-epoch-length", "9", "--json");
  check(/"pool\.genesis"[^}]*warning[^}]*l2\.epoch_length/.test(looked.out) ||
        /warning[^}]*"pool\.genesis"[^}]*l2\.epoch_length/.test(looked.out),
        "the doctor names the setting that says nothing", looked.out);
  const change = join(home, "change.json");
  const from = Number(await rpc(network.l1, "eth_blockNumber")) + 100;
  equal((await horae("pool", "change", ...settings, "--l2-epoch-length", "7", "--from-block",
                     String(from), "--out", change)).code, Exit.ok, "a change of rules is made");
  const program = start_horae("run", ...settings, "--rpc-port", "0", "--l2-epoch-length", "9",
                              "--pool-rule-change", change);
  await until("a node that tells what is to hold", () =>
    program.end ? Promise.reject(new Error(program.said))
      : /pool\.rule_change is to hold, and cannot be taken back/.test(program.said));
  equal((await state()).blocks.epochLength, began.blocks.epochLength, "the rules are as before");
  await rpc(network.l1, "anvil_mine", "0x80");
  await until("the change to hold", async () =>
    (await state()).blocks.epochLength === 7, { every_ms: 200 });
  program.signal("SIGTERM");
  equal(await program.wait(), { code: 0, signal: null }, "it ends in order");
  const verified = await replay(datadir, "verify");
  check(verified.ok, "the log with the change verifies", verified);
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
  await wrong_inits(home, password_file);
  await with_odd_names(home, password_file);

  const copy = join(home, "copy.json");
  copyFileSync(keystore, copy);
  chmodSync(copy, 0o600);
  equal((await horae("keys", "verify-backup", keystore, copy, "--password-file", password_file)).code,
        Exit.ok, "a backup is verified");
  const wrong = secret(join(home, "wrong"), "another password");
  const refused = await horae("keys", "show-pubkey", keystore, "--password-file", wrong);
  equal(refused.code, Exit.key, "a wrong password has an exit code of its own");
  check(/the password is wrong, or the keystore is damaged/.test(refused.said), "and says so",
        refused.said);

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

  // A run that cannot open its keys says which setting, and what to do.
  for (const [file, words] of [
    [wrong, `keys.signers: ${imported}: the password is wrong, or the keystore is damaged. ` +
            "What to do: give the password that it was made with"],
    [join(home, "none"), `keys.password_file: ${join(home, "none")}: No such file`],
  ]) {
    const shut = await horae("run", "--config", settings, "--keys-password-file", file);
    equal(shut.code, Exit.key, "run ends where its keys do not open");
    check(shut.said.includes(words), "and names setting, file and what to do", shut.said);
  }
  const unasked = await run("setsid", ["-w", join(bin, "horae"), "run", "--config", settings,
                                       "--keys-password-file", ""]);
  check(/no terminal to ask for the password of keystores: give a file \(keys\.password_file, --keys-password-file\)/
          .test(unasked.said), "with nobody to ask it names run's own flag", unasked.said);
  await flags_exist("--keys-password-file", "run");

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

  await rules_by_genesis(network, join(home, "run"), made.out);

  const misspelt = join(home, "run", "misspelt.toml");
  writeFileSync(misspelt, readFileSync(settings, "utf8").replace("\nendpoint", "\nendpiont"));
  const ended = await horae("run", "--config", misspelt);
  equal(ended.code, Exit.configuration, "run refuses a key that is no setting");
  check(/misspelt\.toml:\d+:\d+: no setting is called l1\.endpiont: is l1\.endpoint meant\?/
          .test(ended.said), "names its place and the nearest", ended.said);
  await network.stop();
});
