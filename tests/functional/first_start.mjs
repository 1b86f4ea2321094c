// The first start of a node asks the contracts before it writes anything: wrong addresses and a first
// block above the deployment are refused and leave a directory that takes the right ones; a first
// block below it costs nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  check, end_node, equal, Exit, horae, make_home, Network, ok, replay, run_node, test, try_replay,
} from "./network.mjs";
import { following, life, serve } from "./recorded_l1.mjs";

await test(async () => {
  const network = await Network.start({ args: ["--without-node"] });
  const settings = join(network.datadir, "horae.toml");
  const { lockingPool: pool, lockingInfo: info, metis } = network.dev.contracts;
  const nobody = "0x00000000000000000000000000000000000c0de5";
  const datadir = join(make_home(), "data");
  const given = ["--rpc-port", "0", "--datadir", datadir];

  const refuses = async (what, code, args, ...words) => {
    const ended = await horae("run", "--config", settings, ...given, ...args);
    equal(ended.code, Exit.precondition, `${what}: the start is refused`);
    check([code, ...words].every((each) => ended.said.includes(each)), `with ${code}, ${words}`,
          ended.said);
    const { out, code: read } = await try_replay(datadir, "log");
    check(read !== 0 || out === "", "and no record is written", out);
  };
  const addresses = (a, b) => ["--l1-locking-pool", a, "--l1-locking-info", b];
  await refuses("swapped addresses", "H-L1-REFUSED", addresses(info, pool),
                "l1.locking_pool and l1.locking_info are swapped");
  await refuses("an address without code", "H-L1-NO-CONTRACTS", addresses(nobody, info),
                `there is no contract at l1.locking_pool ${nobody}`);
  await refuses("the token's address", "H-L1-REFUSED", addresses(metis, info),
                `l1.locking_pool ${metis} is no LockingPool, but METIS`, `is ${pool}`);
  await refuses("another contract's address", "H-L1-REFUSED", addresses(pool, metis),
                `l1.locking_info ${metis} is no LockingInfo`, `is ${info}`);
  const begins = Number(/^from_block = (\d+)/m.exec(readFileSync(settings, "utf8"))[1]);
  await refuses("a first block above the deployment", "H-L1-REFUSED",
                ["--l1-from-block", String(begins + 2)],
                `l1.from_block ${begins + 2} lies above the contracts' deployment`,
                `block ${begins}: give that one`);

  for (const [words, seen] of [["a first block below it is taken", /not from the block that is set/],
                               ["and again at the next start", /the log is in/]]) {
    const node = await run_node(settings, ...given, "--l1-from-block", "0");
    check(seen.test(node.said), words, node.said);
    await end_node(node);
  }
  const [opened] = await replay(datadir, "log", "--to", "1");
  equal(Number(opened.fact.fromBlock), begins, "the log begins at the deployment");
  await network.stop();

  // An endpoint that keeps no old state cannot tell; the block that is given is gone by then.
  const l1 = await serve(undefined, "--no-archive", "20");
  const into = join(make_home(), "data");
  const observed = await horae(...following(l1.url, into), "--until-synced");
  equal(observed.code, Exit.ok, "without old state the block that is set is gone by");
  check(observed.said.includes("the endpoint does not tell of old blocks"), "and that is said",
        observed.said);
  const late = following(l1.url, join(make_home(), "late"));
  late[late.indexOf("--from-block") + 1] = String(life.headBlock - 5);
  const refused = await horae(...late, "--until-synced");
  equal(refused.code, Exit.precondition, "one that is seen to lie above the deployment is refused");
  check(refused.said.includes(`--from-block ${life.headBlock - 5} lies above`), "by its flag",
        refused.said);
  await l1.end();
  ok("both kinds of endpoints are met");
});
