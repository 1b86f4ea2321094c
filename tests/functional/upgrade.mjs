// The node of this build goes on in place with the directory that an earlier one left: the log of a
// released schema, with its key and checkpoint, is observed further.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  check, equal, Exit, horae, horae_replay, make_home, ok, replay, root, test, try_replay,
} from "./network.mjs";
import { following, serve } from "./recorded_l1.mjs";

const golden = join(root, "tests", "golden");
/** Those that a node can go on with: a log without its key can only be read. */
const names = readdirSync(golden).map((name) => /^(log-\d+)\.key\.pem$/.exec(name)?.[1])
  .filter(Boolean).sort();

function unpack(name) {
  const datadir = join(make_home(), "data");
  const log = join(datadir, "log");
  mkdirSync(log, { recursive: true, mode: 0o700 });
  writeFileSync(join(log, "data.mdb"),
                execFileSync("xz", ["-dc", join(golden, `${name}.mdb.xz`)], { maxBuffer: 1 << 28 }),
                { mode: 0o600 });
  copyFileSync(join(golden, `${name}.key.pem`), join(log, "key.pem"));
  copyFileSync(join(golden, `${name}.checkpoint`), join(log, "checkpoint"));
  execFileSync("chmod", ["600", join(log, "key.pem")]);
  return datadir;
}

const hashes = async (datadir, count) =>
  (await replay(datadir, "log")).slice(0, count).map(({ hash }) => hash);

await test(async () => {
  check(names.length > 0, "there are logs to go on with", names);
  const told = JSON.parse((await horae("version", "--json")).out);
  const by_replay = JSON.parse((await horae_replay("version", "--json")).out);
  for (const name of ["version", "logFormat", "recordHeader", "schema", "snapshot",
                      "checkpoint", "compiler"]) {
    equal(by_replay[name], told[name], `node and auditor are of one ${name}`);
  }
  check(told.libraries["CAF"] && told.libraries["LMDB"] && told.libraries["Cap'n Proto"],
        "with their libraries", told.libraries);

  const l1 = await serve();
  for (const name of names) {
    const datadir = unpack(name);
    const before = await replay(datadir, "log");
    const records = before.map(({ hash }) => hash);
    check(records.every((hash) => /^0x[0-9a-f]{64}$/.test(hash)), `${name}: its records have hashes`,
          before[0]);
    const state = await replay(datadir, "state");
    for (const start of [1, 2]) {
      const ended = await horae(...following(l1.url, datadir), "--until-synced", "--logs-format",
                                "logfmt");
      equal(ended.code, Exit.ok, `${name}: horae observe goes on with it, ${start}`);
      check(!/level=(warn|error)/.test(ended.errors), "without a warning", ended.errors);
    }
    equal(await hashes(datadir, records.length), records, `${name}: what was there is as it was`);
    const after = await replay(datadir, "log");
    equal(after.slice(records.length).map(({ kind }) => kind).filter((kind) =>
      kind === "nodeStarted").length, 2, "two starts were appended");
    equal((await replay(datadir, "state")).locking, state.locking, "the pool is as it was");
    const verified = await try_replay(datadir, "verify");
    equal([verified.code, JSON.parse(verified.out).ok], [Exit.ok, true], "and the log verifies");
  }
  await l1.end();
  ok(`${names.length} went on`);
});
