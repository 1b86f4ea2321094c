// Each exit code from a real command line, with the code of the trouble, and what explain says of it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  check, equal, Exit, horae, horae_replay, inspect, make_home, ok, root, run, start_horae, test,
  until,
} from "./network.mjs";
import { following, serve } from "./recorded_l1.mjs";

const seen = new Map();  // exit code -> a code of trouble

/** The command must end with this exit code and name this code, which explain knows. */
async function ends(exit, code, args, program = horae) {
  const ended = await program(...args);
  equal(ended.code, exit, `${program === horae ? "horae" : "a tool"} ${args[0]} … ends with ${exit}`);
  check(ended.said.includes(code), `and ${code}`, ended.said);
  check(ended.said.includes(`horae explain ${code}`), "and where to read on", ended.said);
  seen.set(exit, code);
  return ended;
}

await test(async () => {
  const home = make_home();
  const l1 = await serve();
  const datadir = join(home, "data");
  const observe = (into, ...more) => [...following(l1.url, into), "--until-synced", ...more];
  const with_value = (args, flag, value) =>
    args.map((each, i) => (args[i - 1] === flag ? value : each));
  const password = join(home, "password");
  writeFileSync(password, "password\n", { mode: 0o600 });

  equal((await horae("explain")).code, Exit.ok, "0: nothing is wrong");
  await ends(Exit.usage, "H-USAGE", ["explain", "H-LOG-CORUPT"]);
  await ends(Exit.usage, "H-USAGE", ["dev", "--no-such-option"]);
  await ends(Exit.configuration, "H-SETTINGS", ["config", "check", "--config",
                                                join(home, "none.toml")]);
  await ends(Exit.configuration, "H-SETTINGS", ["run", "--config", join(home, "none.toml")]);
  const port = createServer().listen(0, "127.0.0.1");
  await until("a taken port", () => port.address());
  await ends(Exit.configuration, "H-PORT-TAKEN", [
    "dev", "--datadir", join(home, "dev"), "--l1-port", String(port.address().port), "--l2-port",
    "0"]);
  port.close();

  const lasting = start_horae(...following(l1.url, datadir));
  await until("the observer to follow", () => /following L1/.test(lasting.said));
  await ends(Exit.directory, "H-DIR-LOCKED", observe(datadir));
  lasting.signal("SIGTERM");
  equal((await lasting.wait()).code, Exit.ok, "0: a signal ends it in order");
  const older = readFileSync(join(datadir, "log", "data.mdb"));
  writeFileSync(join(home, "a file"), "");
  await ends(Exit.directory, "H-DIR-ACCESS", observe(join(home, "a file")));

  writeFileSync(join(home, "no keystore"), "{}", { mode: 0o600 });
  await ends(Exit.key, "H-KEY-OPEN", ["keys", "show-pubkey", join(home, "no keystore"),
                                      "--password-file", password]);
  const directory = await ends(Exit.key, "H-KEY-OPEN", ["keys", "show-pubkey", home,
                                                        "--password-file", password]);
  check(directory.said.includes(`${home} is a directory`), "a directory, too", directory.said);
  await ends(Exit.key, "H-KEY-MAKE", ["keys", "new", join(home, "no keystore"), "--password-file",
                                      password]);
  await ends(Exit.unreachable, "H-L1-UNREACHABLE", with_value(observe(join(home, "far")), "--l1",
                                                              "http://127.0.0.1:9"));
  const mistyped = await ends(Exit.usage, "H-USAGE", with_value(
    observe(datadir), "--locking-pool", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"));
  check(/--locking-pool: .*checksum.* is 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/
          .test(mistyped.said), "a mistyped address is refused with the right one", mistyped.said);
  await ends(Exit.precondition, "H-DIR-IDENTITY",
             with_value(observe(datadir), "--locking-pool", `0x${"1".repeat(40)}`));
  writeFileSync(join(home, "all.json"), '[{}]');
  await ends(Exit.mismatch, "H-REGISTRY-ENTRY", [
    "registry-entry", "--check", join(home, "all.json")]);
  const broken = join(home, "Ada's broken one");
  mkdirSync(join(broken, "log"), { recursive: true, mode: 0o700 });
  writeFileSync(join(broken, "log", "data.mdb"), "no database");
  const told = await ends(Exit.corrupt, "H-LOG-CORRUPT", observe(broken));
  const verify = /`(horae-replay verify --datadir .*?)` tells more/.exec(told.said)?.[1];
  const pasted = await run("bash", ["-c", verify.replace(/^/, `${process.argv[2]}/`)]);
  equal(pasted.code, Exit.corrupt, "what to paste is quoted, and finds the same");
  equal((await horae(...observe(datadir))).code, Exit.ok, "0: synced");
  writeFileSync(join(datadir, "log", "data.mdb"), older);
  await ends(Exit.corrupt, "H-LOG-CORRUPT", observe(datadir));
  await l1.end();

  // The tools' refusals have the same codes. An older log under a newer checkpoint: to the auditor it
  // lacks its end.
  const replayed = (exit, code, ...args) => ends(exit, code, args, horae_replay);
  await replayed(Exit.incomplete, "H-LOG-INCOMPLETE", "verify", "--datadir", datadir);
  await replayed(Exit.usage, "H-USAGE", "statsu");
  await replayed(Exit.usage, "H-USAGE", "stats");
  await replayed(Exit.usage, "H-USAGE", "state", "--at", "soon", "--datadir", datadir);
  await replayed(Exit.configuration, "H-NO-LOG", "stats", "--datadir", join(home, "none"));
  await replayed(Exit.configuration, "H-NO-FILE", "check-evidence", join(home, "none"));
  await replayed(Exit.corrupt, "H-FILE-FORM", "check-evidence", join(home, "all.json"));
  await replayed(Exit.corrupt, "H-FILE-FORM", "check-proof", join(home, "all.json"));
  await replayed(Exit.corrupt, "H-LOG-CORRUPT", "stats", "--datadir", broken);
  await replayed(Exit.precondition, "H-NOT-IN-LOG", "state", "--at", "99999999", "--datadir",
                 datadir);
  await replayed(Exit.precondition, "H-THERE-ALREADY", "backup", home, "--datadir", datadir);
  await replayed(Exit.directory, "H-FILE-ACCESS", "export", "--format", "sqlite", "-o",
                 join(home, "no directory", "log.sqlite"), "--datadir", datadir);
  const proof = join(home, "proof");
  equal((await horae_replay("prove", "1", "--size", "1", "-o", proof, "--datadir", datadir)).code,
        Exit.ok, "a proof is made");
  await replayed(Exit.mismatch, "H-AUDIT-MISMATCH", "check-proof", proof, "--key", "1".repeat(64));
  await ends(Exit.unreachable, "H-NODE-SILENT", [datadir], inspect);
  await ends(Exit.unreachable, "H-NODE-SILENT", [join(home, "none")], inspect);
  await ends(Exit.usage, "H-USAGE", [datadir, "--nonsense"], inspect);

  // What explain knows beside codes.
  const explained = async (...words) => (await horae("explain", ...words)).out;
  for (const [asked, told] of [
    [["5"], /^exit 5: log corrupt[^]*H-LOG-CORRUPT/],
    [["exit", "5"], /^exit 5: /],
    [["Exit code 11"], /^exit 11: [^]*H-LOG-INCOMPLETE/],
    [["134"], /H-BUG/],
    [["insufficientfunds"], /^insufficientFunds: data\.reason/],
    [["KEYS.SIGNER"], /^keys\.signer: a check of `horae doctor`/],
    [["horael1differs"], /^HoraeL1Differs: an alert[^]*reads L1's logs again[^]*What to do  `horae status`/],
    [["busylong"], /^busyLong: a lint of horae-inspect/],
    [["withdraw", "throttle"], /^withdraw throttle: LockingPool reverts[^]*next reward batch/],
    [["execution reverted: signer updating throttle"], /^signer updating throttle: /],
    [["0xc4fc1dcc"], /^NoRewardRecipient: [^]*setSequencerRewardRecipient/],
    [["log-corrupt"], /^H-LOG-CORRUPT: /],
    [["keys."], /^Checks of horae doctor:\nkeys\.modes +a check[^]*keys\.mpc_balance/],
  ]) {
    const out = await explained(...asked);
    check(told.test(out), `explain ${asked.join(" ")}`, out);
  }
  for (const [asked, near] of [["keys.singer", "keys.signer"], ["HoraeDwon", "HoraeDown"],
                               ["mailboxGrosw", "mailboxGrows"], ["NotMultisig", undefined],
                               ["NoRewardRecipeint", "NoRewardRecipient"]]) {
    const ended = await horae("explain", asked);
    equal(ended.code, Exit.usage, `explain ${asked} knows nothing of the kind`);
    if (near) check(ended.said.includes(`is ${near} meant?`), "and names the nearest", ended.said);
  }

  await ends(Exit.not_ready, "H-NOT-READY", [
    "wait", "--datadir", datadir, "--for", "ready", "--timeout", "0"]);

  // Each code is explained, and where it says to read on there is something to read.
  const listed = (await horae("explain")).out.match(/^H-[A-Z0-9-]+/gm);
  check(listed.length >= 38, `explain lists ${listed.length} codes`);
  for (const code of listed) {
    const told = (await horae("explain", code)).out;
    const [, file, heading] = /^More +([^,\n]+)(?:, (.+))?$/m.exec(told) ?? [];
    const text = file && readFileSync(join(root, file), "utf8");
    if (!text || (heading && !new RegExp(`^#+ ${heading}$`, "m").test(text))) {
      throw new Error(`${code} sends its reader nowhere: ${told}`);
    }
  }
  ok("and each sends its reader to a page and heading that are there");

  const help = (await horae("--help")).out;
  const of_replay = (await horae_replay("--help")).out;
  const reference = readFileSync(join(root, "docs", "reference.md"), "utf8");
  for (const code of Object.values(Exit)) {
    const words = new RegExp(`^  ${code} +(.+)$`, "m").exec(help)?.[1];
    check(words && new RegExp(`^  ${code} +${words}`, "m").test(of_replay) &&
          reference.includes(`| ${code} | ${words} |`), `both helps and the reference name ${code}`);
  }
  ok(`exit codes seen: ${[...seen.keys()].sort((a, b) => a - b)}; 1 is disk.mjs's`);
});
