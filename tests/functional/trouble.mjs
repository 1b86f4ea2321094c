// What a node says, and ends with, when it cannot start as it was told to.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, equal, Exit, horae, make_home, ok, replay, test, try_replay } from "./network.mjs";
import { following, serve } from "./recorded_l1.mjs";

/** Writes over the payload of a record, wherever the file holds a copy of it. */
function damage(datadir, seq) {
  const file = join(datadir, "log", "data.mdb");
  const bytes = readFileSync(file);
  const magic = Buffer.from("HREC");
  let found = 0;
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (bytes.readUInt16LE(at + 4) !== 1 || bytes.readBigUInt64LE(at + 8) !== BigInt(seq)) continue;
    bytes.fill(0xff, at + 72, at + 80);
    found += 1;
  }
  check(found > 0, `record ${seq} is found in the file`);
  writeFileSync(file, bytes);
}

await test(async () => {
  const home = make_home();
  for (const [wanted, words] of [["nowhere", "no crash point is called nowhere"],
                                 ["built:0", "N of POINT:N is 1 to"],
                                 ["built:many", "N of POINT:N is 1 to"]]) {
    const into = join(home, "no-dev");
    const ended = await horae("dev", "--datadir", into, "--crash-at", wanted);
    equal(ended.code, Exit.usage, `--crash-at ${wanted} is a wrong option`);
    check(ended.said.includes(words), "named in words", ended.said);
    check(!existsSync(into), "before anything is made");
  }

  const l1 = await serve();
  const datadir = join(home, "data");
  const observe = (into = datadir, ...args) =>
    horae(...following(l1.url, into), "--until-synced", ...args);
  equal((await observe()).code, Exit.ok, "a log is made");

  // The log's own key is lost, and comes back from a copy.
  const key = join(datadir, "log", "key.pem");
  renameSync(key, `${key}.away`);
  const keyless = await observe();
  equal(keyless.code, Exit.key, "without the log's own key it ends with 6");
  check(keyless.said.includes("put log/key.pem back"), "and says what to do", keyless.said);
  check(!existsSync(key), "no other key takes its place");
  writeFileSync(key, "no key at all\n");
  equal((await observe()).code, Exit.key, "what is no key ends it, too");
  renameSync(`${key}.away`, key);
  equal((await observe()).code, Exit.ok, "with the key back it goes on");

  // The two addresses are swapped: the contracts say so themselves.
  const swapped = following(l1.url, join(home, "swapped"));
  const [pool, info] =
    ["--locking-pool", "--locking-info"].map((each) => swapped.indexOf(each) + 1);
  [swapped[pool], swapped[info]] = [swapped[info], swapped[pool]];
  const confused = await horae(...swapped, "--until-synced");
  equal(confused.code, Exit.precondition, "swapped addresses end it with 9");
  check(confused.said.includes("--locking-pool and --locking-info are swapped"), "and are named",
        confused.said);

  // The last record is damaged on the disk.
  const { seq } = await replay(datadir, "verify");
  damage(datadir, seq);
  const damaged = await observe();
  equal(damaged.code, Exit.corrupt, "a damaged last record ends a start with 5");
  check(damaged.said.includes(`record ${seq}`), "and is named", damaged.said);
  equal((await try_replay(datadir, "verify")).code, Exit.mismatch, "as the auditor names it");
  await l1.end();
  ok("and nothing was repaired in silence");
});
