// The chain of proof with the shipped binaries: a network runs and stops, its checkpoint signs its
// whole log, proofs are checked from the file and the public key alone, and the network does not
// start on less than it signed.
import { copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { check, equal, Exit, horae, horae_replay, make_home, Network, replay, run, test, transfer }
  from "./network.mjs";

const bin = resolve(process.argv[2] ?? ".");

/** What a checkpoint says, and who signed it. */
function checkpoint_of(datadir) {
  const [origin, size, root] = readFileSync(join(datadir, "log", "checkpoint"), "utf8").split("\n");
  return { origin, size: Number(size), root, key: origin.split("/").at(-1) };
}

await test(async () => {
  let network = await Network.start();
  const { datadir } = network;
  const send = async (nonces) => {
    const hashes = [];
    for (const nonce of nonces) {
      hashes.push(await network.rpc("eth_sendRawTransaction",
                                    await transfer(network.wallets[1], nonce)));
    }
    for (const hash of hashes) await network.receipt(hash);
    return hashes;
  };
  await send([0, 1]);
  await network.stop();
  const log = await replay(datadir, "log");
  const earlier = checkpoint_of(datadir);
  equal(earlier.size, log.length, "after a clean stop the checkpoint signs the whole log");
  equal(earlier.key, log[0].fact.logPublicKey.replace(/^0x/, ""), "with the key that the log names");
  const verified = await replay(datadir, "verify");
  check(verified.ok, "and the log verifies against it", verified);

  // What somebody keeps: the log and the checkpoint of that day.
  const kept = make_home();
  cpSync(join(datadir, "log"), join(kept, "log"), { recursive: true });

  network = await Network.start({ datadir });
  const [newest] = await send([2, 3]);
  const running = await network.status();
  await network.stop();
  const now = checkpoint_of(datadir);
  check(now.size >= running.seq && now.size > earlier.size && now.key === earlier.key,
        "a longer log has a longer checkpoint", [earlier, now]);
  const { seq } = (await replay(datadir, "log", "--domain", "mempool"))
    .find(({ kind, fact }) => kind === "txnAdmitted" && fact.txn.hash === newest);

  // The proofs leave for a place where there is nothing else.
  const away = make_home();
  const prove = async (name, ...args) => {
    const made = await horae_replay("--datadir", datadir, "prove", ...args, "-o", join(kept, name));
    equal([made.code, made.said], [Exit.ok, ""], `a proof is made: prove ${args.join(" ")}`);
    copyFileSync(join(kept, name), join(away, name));
  };
  await prove("record.proof", String(seq));
  await prove("grew.proof", "--from", String(earlier.size), "--to", String(now.size),
              "--checkpoint", join(kept, "log", "checkpoint"));
  const check_proof = (name, key = now.key) => run(
    join(bin, "horae-replay"), ["check-proof", name, "--key", key], { cwd: away, env: {} });
  for (const name of ["record.proof", "grew.proof"]) {
    const shown = await check_proof(name);
    equal(shown.code, Exit.ok, `${name} holds with nothing but itself and the public key`);
    equal((await check_proof(name, "ab".repeat(32))).code, Exit.mismatch,
          "and not for another key");
  }
  equal(readdirSync(away).sort(), ["grew.proof", "record.proof"], "nothing else was there");
  const told = (await check_proof("record.proof")).out;
  check(told.includes(String(seq)) && told.includes(String(now.size)),
        "it says which record of how many", told);

  // One byte, anywhere in the file.
  const whole = readFileSync(join(away, "record.proof"));
  for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 12)) {
    const flipped = Buffer.from(whole);
    flipped[at] ^= 1;
    writeFileSync(join(away, "flipped.proof"), flipped);
    const refused = await check_proof("flipped.proof");
    if (![Exit.mismatch, Exit.corrupt].includes(refused.code)) {
      throw new Error(`byte ${at} flipped: ${refused.code} ${refused.said}`);
    }
  }
  check(true, "a flipped byte is refused wherever it is");

  // The older log under the newer checkpoint: an auditor and the node both refuse it.
  const newer = make_home();
  cpSync(join(datadir, "log"), join(newer, "log"), { recursive: true });
  copyFileSync(join(kept, "log", "data.mdb"), join(datadir, "log", "data.mdb"));
  const audited = await horae_replay("--datadir", datadir, "verify");
  check(audited.code !== Exit.ok && audited.said.includes(String(now.size)),
        "an older log under a newer checkpoint does not verify", [audited.code, audited.said]);
  const start = () => horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0");
  const refused = await start();
  equal(refused.code, Exit.corrupt, "and the node does not start on it");
  check(refused.said.includes(`signed over ${now.size} records, and the log has ${earlier.size}`),
        "and says why", refused.said);
  equal(checkpoint_of(datadir), now, "the checkpoint stays as it was");

  // With the whole newer log back it goes on.
  copyFileSync(join(newer, "log", "data.mdb"), join(datadir, "log", "data.mdb"));
  network = await Network.start({ datadir });
  await send([4]);
  await network.stop();
  check(checkpoint_of(datadir).size > now.size && (await replay(datadir, "verify")).ok,
        "with the log that was signed it goes on");
});
