// The members of a pool agree on other rules, for which a node must be newer than one of them is: that one
// stops before they hold, and says so; the others go on; brought up to date, it goes on where it stopped.
import { join } from "node:path";
import { bin, check, equal, Exit, horae, horae_replay, Network, ok, Program, replay, rpc, run, test,
         transfer, until } from "./network.mjs";
import { at_each, need_cometbft, pool_of } from "./member_nodes.mjs";

need_cometbft();

const newer = join(bin, "horae-next");
const l1_head = async (network) => Number(await rpc(network.l1, "eth_blockNumber"));

/** A member's process, once its status is there. */
async function begin(binary, node, ...args) {
  const program = new Program("a member", binary, [
    "run", "--config", join(node.datadir, "horae.toml"), "--ops-port", new URL(node.ops).port, ...args]);
  await until("the member's status", () => pool_of(node).catch(() => undefined), { every_ms: 200 });
  return program;
}

await test(async () => {
  // The pool was founded before there was a newer one, with which the leader begins again.
  const args = ["--nodes", "4"];
  const founded = await Network.start({ args });
  await at_each(founded.dev.nodes, "all to be of power by L1", ({ members }) =>
    members.length === 4 && members.every(({ power }) => power === 20_000));
  await founded.stop();
  const network = await Network.start({ binary: newer, datadir: founded.datadir, args });
  const { nodes } = network.dev;
  const [leader, second, third, old] = nodes;
  await at_each([leader], "the pool to order", ({ state, rules }) =>
    state === "ordering" && rules.version === 1 && rules.known === 2);

  // What is to be: shorter epochs, of which nobody can want more than the settings have.
  const from = await l1_head(network) + 40;
  const file = join(network.datadir, "change.json");
  const made = await horae("pool", "change", "--config", join(second.datadir, "horae.toml"),
                           "--from-block", String(from), "--needs", "2", "--l2-epoch-length", "7",
                           "--out", file);
  check(made.code === Exit.ok && made.out.includes(`from L1's block ${from} on`),
        "a change of the rules is a file", made.said);

  // A rolling restart of all but the leader, of whom one stays behind.
  const programs = [];
  for (const [node, binary] of [[second, newer], [third, newer], [old, join(bin, "horae")]]) {
    process.kill(node.pid, "SIGTERM");
    await until("the member to end", () => pool_of(node).then(() => false, () => true));
    programs.push(await begin(binary, node, "--pool-rule-change", file));
    const tip = (await pool_of(leader)).height;
    await at_each([leader], "it to sign again", ({ members }) =>
      members.every(({ height, away }) => height >= tip && !away));
  }
  const [seen] = await at_each([leader, old], "the change to be agreed on", ({ rules }) =>
    rules.changes.length === 1 && rules.changes[0].agreed);
  equal([seen.rules.version, seen.rules.changes[0].fromBlock, seen.rules.changes[0].needs],
        [1, from, 2], "three of four want it, and it is to come");
  const warned = await until("the old one to be warned", async () => {
    const { condition } = await (await fetch(`${old.ops}/status`)).json();
    return condition.besides.some((words) => words.includes("install a newer one"))
      && condition.besides;
  });
  check(warned.some((words) => words.includes(`from L1 block ${from} on`)),
        "the one that does not know them is told before", warned);

  // They hold: the old one stops, the others go on by them.
  const end = await programs[2].wait();
  check(end.code === Exit.precondition && programs[2].said.includes("this program knows version 1"),
        "it stops before the block from which they hold, and says so", [end, programs[2].said.slice(-1500)]);
  const again = await run(join(bin, "horae"), ["run", "--config", join(old.datadir, "horae.toml"),
                                               "--ops-port", "0"]);
  check(again.code === Exit.precondition && again.said.includes("this program knows version 1"),
        "and so does its next start", [again.code, again.said.slice(-1500)]);
  await at_each([leader, second, third], "the new rules to hold", ({ rules }) =>
    rules.version === 2 && rules.changes.length === 0);
  const wallet = network.wallets[1];
  await network.receipt(await network.rpc("eth_sendRawTransaction", await transfer(wallet, 0)));
  ok("the others go on");

  // Brought up to date, it goes on where it stopped.
  const back = await begin(newer, old);
  const tip = (await pool_of(leader)).height;
  await at_each([old], "it to have caught up", ({ height, rules }) =>
    height >= tip && rules.version === 2);
  const states = await Promise.all([leader, old].map(({ datadir }) => replay(datadir, "state")));
  equal(states.map(({ blocks }) => blocks.epochLength), [7, 7], "by the rules that they agreed on");
  back.signal("SIGTERM");
  await back.wait();
  for (const program of programs.slice(0, 2)) {
    program.signal("SIGTERM");
    equal((await program.wait()).code, 0, "a member ends well");
  }
  await network.stop();
  const compared = await horae_replay("bisect", leader.datadir, old.datadir);
  check(compared.code === Exit.ok, "their logs have the same shared facts", compared.said);
  const verified = await run(join(bin, "horae-replay"), ["--datadir", old.datadir, "verify"]);
  check(verified.code === Exit.precondition && verified.said.includes("use a newer horae-replay"),
        "an auditor's program that does not know the rules says so", verified.said);
});
