// The members of a pool that take turns agree on other rules, for which a node must be newer than one of them is, and
// are brought up to date under load to each; that one stops before they hold, and says so; the others go on; brought up
// to date, it goes on where it stopped.
import { join } from "node:path";
import { bin, check, equal, Exit, horae, horae_replay, Network, ok, replay, rpc, run, test,
         transfer, until } from "./network.mjs";
import {
  at_each, begin_member, begin_newer, end_members, kill_members, need_cometbft, of_power, pool_of, status_of,
  stream,
} from "./member_nodes.mjs";

need_cometbft();

await test(async () => {
  // The pool is of before there was a newer one, as which the leader begins, and of which one wants it early.
  const network = await Network.start({ args: ["--nodes", "4", "--without-node"] });
  const { nodes } = network.dev;
  const [leader, second, third, old] = nodes;
  await kill_members(network, [old]);
  const l1_head = async () => Number(await rpc(network.l1, "eth_blockNumber"));

  // What is to be: shorter epochs, of which nobody can want more than the settings have.
  const from = await l1_head() + 60;
  const file = join(network.datadir, "change.json");
  const made = await horae("pool", "change", "--config", join(second.datadir, "horae.toml"),
                           "--from-block", String(from), "--needs", "5", "--l2-epoch-length", "7",
                           "--out", file);
  check(made.code === Exit.ok && made.out.includes(`from L1's block ${from} on`),
        "a change of the rules is a file", made.said);
  await Promise.all([begin_newer(leader), begin_member(old, "--pool-rule-change", file)]);
  await at_each(nodes, "all to be of power by L1", of_power);
  await at_each([leader], "the pool to order", ({ state, rules }) =>
    state === "ordering" && rules.version === 4 && rules.known === 5);

  const acknowledged = [];
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) =>
    stream(network, acknowledged, over, node, network.wallets[2 + i])));
  // A rolling restart of two, who want it then.
  for (const node of [second, third]) {
    process.kill(node.pid, "SIGTERM");
    await until("the member to end", () => pool_of(node).then(() => false, () => true));
    await begin_newer(node, "--pool-rule-change", file);
    const tip = (await pool_of(leader)).height;
    await at_each([leader], "it to sign again", ({ members }) =>
      members.every(({ height, away }) => height >= tip && !away));
  }
  const [seen] = await at_each([leader, old], "the change to be agreed on", ({ rules }) =>
    rules.changes.length === 1 && rules.changes[0].agreed);
  equal([seen.rules.version, seen.rules.changes[0].fromBlock, seen.rules.changes[0].needs],
        [4, from, 5], "three of four want it, and it is to come");
  const warned = await until("the old one to be warned", async () => {
    const { condition } = await status_of(old);
    return condition.besides.some((words) => words.includes("install a newer one"))
      && condition.besides;
  });
  check(warned.some((words) => words.includes(`from L1 block ${from} on`)),
        "the one that does not know them is told before", warned);

  // They hold: the old one stops, the others go on by them.
  check(await l1_head() < from, "L1 is not there yet");
  await rpc(network.l1, "anvil_mine", from - await l1_head());
  const end = await old.program.wait();
  check(end.code === Exit.precondition && old.program.said.includes("this program knows version 4"),
        "it stops before the block from which they hold, and says so", [end, old.program.said.slice(-1500)]);
  const again = await run(join(bin, "horae"), ["run", "--config", join(old.datadir, "horae.toml"),
                                               "--ops-port", "0"]);
  check(again.code === Exit.precondition && again.said.includes("this program knows version 4"),
        "and so does its next start", [again.code, again.said.slice(-1500)]);
  await at_each([leader, second, third], "the new rules to hold", ({ rules }) =>
    rules.version === 5 && rules.changes.length === 0);
  const wallet = network.wallets[1];
  await network.receipt(await network.rpc("eth_sendRawTransaction", await transfer(wallet, 0)));
  ok("the others go on");

  // Brought up to date, it goes on where it stopped.
  await begin_newer(old);
  const tip = (await pool_of(leader)).height;
  await at_each([old], "it to have caught up", ({ height, rules }) =>
    height >= tip && rules.version === 5);
  const states = await Promise.all([leader, old].map(({ datadir }) => replay(datadir, "state")));
  equal(states.map(({ blocks }) => blocks.epochLength), [7, 7], "by the rules that they agreed on");

  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);

  await end_members(nodes);
  await network.stop();
  const compared = await horae_replay("bisect", leader.datadir, old.datadir);
  check(compared.code === Exit.ok, "their logs have the same shared facts", compared.said);
  const verified = await run(join(bin, "horae-replay"), ["--datadir", old.datadir, "verify"]);
  check(verified.code === Exit.precondition && verified.said.includes("use a newer horae-replay"),
        "an auditor's program that does not know the rules says so", verified.said);
});
