// Members of a pool of four that die under load to each, one after another until none is left: what users, operators
// and auditors see, as docs/pool.md has it in "When members die". failover.mjs has the leader's death.
import {
  address_of, at_each, attest_on, begin_member, end_members, kill_members, logs_agree, need_cometbft, of_links,
  of_power, one_leader, pool_of, status_of, stream, without,
} from "./member_nodes.mjs";
import { check, equal, horae, Network, ok, replay, rpc, test, transfer, until } from "./network.mjs";

need_cometbft();

const kill = async (...some) => {
  for (const { program } of some) program.signal("SIGKILL");
  for (const { program } of some) await program.wait();
};

/** The value of a metric of a node, by its name and labels. */
async function metric({ ops }, series) {
  const text = await (await fetch(`${ops}/metrics`)).text();
  return text.split("\n").find((line) => line.startsWith(`${series} `))?.slice(series.length + 1);
}

/** What a node's log has in its own domains and those that all share, by its facts' names. */
const facts_of = async ({ datadir }) =>
  (await replay(datadir, "log")).map(({ domain, kind }) => `${domain} ${kind}`);
const of_members = ["memberReady", "membersChanged", "absenceTold", "memberLost", "stallReported", "leaderReplaced"]
  .map((kind) => `pool ${kind}`);
const own = ["mempool txnAdmitted", "mempool txnDropped", "penalties observed", "pool inputProposed",
             "pool consensusBlockSigned"];

async function one_dies(leader, left, dies) {
  const before = (await facts_of(leader)).length;
  await kill(dies);
  const of_one = ({ state, mayFail, members }) => state === "ordering" && mayFail === 1
    && members.every(({ address, away }) => away === (address === address_of(dies)));
  await at_each(left, "it to be away, and of four one that may fail", of_one);
  equal(await metric(leader, "horae_consensus_members_away"), "1", "another one that dies is away");
  const { besides } = (await status_of(leader)).condition;
  check(besides.some((words) => words.includes(`${address_of(dies)} is away`)), "which status says", besides);
  await attest_on(left);
  ok("the others go on");
  const since = (await facts_of(leader)).slice(before);
  equal(since.filter((kind) => of_members.includes(kind)), [], "nothing is in the log of it");
}

/** With two of four nothing is agreed on: what each of them acknowledges. */
async function two_die(network, left, dies) {
  await kill(dies);
  const l1_block = async () => Number(await rpc(network.l1, "eth_blockNumber"));
  const since = await l1_block();
  await until("L1 to go on", async () => await l1_block() > since + 2, { every_ms: 200 });
  const before = await Promise.all(left.map(facts_of));
  const latest = () => Promise.all(left.map(({ l2 }) => rpc(l2.rpc, "eth_getBlockByNumber", "latest", false)));
  const heads = await latest();
  const sent = await Promise.all(left.map(async ({ l2 }, i) =>
    rpc(l2.rpc, "eth_sendRawTransaction", await transfer(network.wallets[6 + i], 0))));
  const [{ members }] = await at_each(left, "both to stand still", ({ state }) => state === "still");
  check(!members.find(({ address }) => address === address_of(dies)).away, "the second that dies is not away", members);
  // Meanwhile each begins its CometBFT anew, which is silent for as long.
  for (const node of left) {
    await until("what to do to be told", async () => {
      const { out } = await horae("pool", "status", "--datadir", node.datadir);
      return /: still, consensus stands still .* are away, .* start this node again$/m.test(out);
    });
    await until("the alert to be due", async () =>
      await metric(node, 'horae_consensus_state{state="still"}') === "1");
    ok("with two of four a member stands still, and says what to do");
  }
  equal(await latest(), heads, "users read the last block");
  const after = await Promise.all(left.map(facts_of));
  const more = after.flatMap((facts, i) => facts.slice(before[i].length));
  check(more.includes("mempool txnAdmitted") && more.every((kind) => own.includes(kind)),
        "transactions are acknowledged, and no fact is agreed on", [...new Set(more)]);
  return sent;
}

/** And then three of them begin again, without the one that led. */
async function all_die(leader, running, three) {
  await kill(...running);
  const answers = await Promise.allSettled([leader, ...three].map(({ l2 }) => rpc(l2.rpc, "eth_chainId")));
  check(answers.every(({ status }) => status === "rejected"), "with all dead nothing answers", answers);
  await Promise.all(three.map((node) => begin_member(node)));
  await attest_on(three);
  ok("three that begin again go on");
}

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance", ...one_leader] });
  const { nodes } = network.dev;
  const [leader, second, third, fourth] = nodes;
  await kill_members(network, nodes.slice(1));
  await Promise.all(nodes.map((node) => begin_member(node)));
  await at_each(nodes, "all to be of power by L1, and linked", (pool) => of_power(pool) && of_links(pool));
  const acknowledged = [];
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) =>
    stream(network, acknowledged, over, node, network.wallets[1 + i])));
  await attest_on(nodes);

  await one_dies(leader, without(nodes, second), second);
  const sent = await two_die(network, [leader, fourth], third);
  await begin_member(third);
  for (const hash of sent) await network.receipt(hash);
  ok("with a third one back, what waited is in a block");
  await all_die(leader, [leader, third, fourth], [second, third, fourth]);
  await begin_member(leader);
  await attest_on(nodes);

  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);
  await end_members(nodes);
  await network.stop();
  await logs_agree(nodes);
});
