// A pool whose leader kills itself at each window of agreeing on a block, whose members and their
// consensus are killed and stopped meanwhile, and which is killed as a whole: no fact is lost, none
// is there twice, and the logs agree.
import {
  check, children_of, equal, horae_replay, Network, ok, replay, test,
} from "./network.mjs";
import {
  at_each, begin_member, kill_members, need_cometbft, pool_of, stream,
} from "./member_nodes.mjs";

need_cometbft();

const points = ["block_proposed", "block_decided", "block_settled", "block_appended", "block_told",
                "vote_recorded"];
const acknowledged = [];

await test(async () => {
  let network = await Network.start({ args: ["--nodes", "4"] });
  const { datadir } = network;
  await network.stop();
  for (const point of points) {
    // The third time: blocks of several kinds have passed by then.
    network = await Network.start({ datadir, args: ["--crash-at", `${point}:3`] });
    const over = { yet: false };
    const streaming = stream(network, acknowledged, over);
    await network.crashed();
    over.yet = true;
    await streaming;
    ok(`the leader died at ${point}; nothing was left of its network`);
  }

  // The leader lives on, while others and what they run are killed and stopped.
  network = await Network.start({ datadir });
  const { nodes } = network.dev;
  const over = { yet: false };
  const streaming = stream(network, acknowledged, over);
  const comet_of = (pid) => children_of(pid)[0].pid;
  process.kill(comet_of(nodes[1].pid), "SIGKILL");
  await at_each([nodes[1]], "a member to have its consensus again",
                ({ tip, height }) => tip > 0 && height + 2 >= tip);
  ok("a member whose CometBFT is killed has it again");
  process.kill(comet_of(nodes[2].pid), "SIGSTOP");
  const { height } = await pool_of(nodes[0]);
  await at_each([nodes[0]], "blocks beside a member whose CometBFT stands still",
                (pool) => pool.height > height + 5);
  process.kill(comet_of(nodes[2].pid), "SIGCONT");
  await kill_members(network, [nodes[3]]);
  const back = await begin_member(nodes[3]);
  over.yet = true;
  await streaming;
  const end = (await pool_of(nodes[0])).height;
  await at_each(nodes, "all to be there", (pool) => pool.height >= end);
  ok("members that were killed and stopped are there again");

  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);
  back.signal("SIGTERM");
  await back.wait();
  await network.stop();
  for (const { datadir: one } of nodes) {
    equal((await replay(one, "verify")).ok, true, "the log verifies");
    const facts = await replay(one, "log", "--domain", "pool");
    const applied = facts.filter(({ kind }) => kind === "consensusBlockApplied")
      .map(({ fact }) => Number(fact.height));
    check(applied.every((each, i) => each === i + 1), "each height was applied once, in order",
          applied.slice(-5));
    if (one === nodes[0].datadir) continue;
    const compared = await horae_replay("bisect", "--json", nodes[0].datadir, one);
    equal(compared.code, 0, "and agrees with the leader's");
  }
});
